import { existsSync } from "node:fs";
import { availableParallelism, freemem, totalmem } from "node:os";
import { probeDevices } from "@gmem/engine-onnx";
import { quantity } from "@gmem/terminal";

/** Prints what a bug report should say about the machine. */
export async function doctor({ json }: { readonly json?: boolean }): Promise<void> {
  const devices = await probeDevices();
  const facts = {
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    freeBytes: freemem(),
    container: existsSync("/.dockerenv") || existsSync("/run/.containerenv"),
    devices,
  };
  if (json) {
    process.stdout.write(`${JSON.stringify(facts)}\n`);
    return;
  }
  process.stdout.write(
    `Node ${facts.node} on ${facts.platform}, ${facts.cores} cores, ${quantity(facts.memoryBytes, "B")} memory (${quantity(facts.freeBytes, "B")} free)\n`,
  );
  for (const { device, available, reason } of devices)
    process.stdout.write(
      `${device.padEnd(8)} ${available ? "ready" : `not available: ${reason ?? "unknown reason"}`}\n`,
    );
}
