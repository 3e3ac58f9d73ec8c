import { isGMemError } from "@gmem/tensor";
import { onnxEngine } from "./onnx-engine.ts";
import type { Device } from "./profile.ts";

export interface DeviceReport {
  readonly device: Device;
  readonly available: boolean;
  /** Why a device cannot be used, and what to do about it. */
  readonly reason?: string;
}

/**
 * Tries each device with a three-element program.
 * @example
 * const usable = (await probeDevices()).filter((report) => report.available); // cpu, at least
 */
export async function probeDevices(): Promise<readonly DeviceReport[]> {
  const reports: DeviceReport[] = [];
  for (const device of ["cpu", "webgpu", "cuda"] as const) {
    try {
      const engine = await onnxEngine({ device });
      await engine.dispose();
      reports.push({ device, available: true });
    } catch (error) {
      if (!isGMemError(error)) throw error;
      reports.push({ device, available: false, reason: error.message });
    }
  }
  return reports;
}
