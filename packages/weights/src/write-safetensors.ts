import type { Named, NDArray } from "@gmem/tensor";
import { SafetensorsWriter, type WriteOptions } from "./safetensors-writer.ts";

/**
 * Writes arrays to a safetensors file that appears complete or not at all. f64, i32, bool and f16 keep their type; f32
 * does too unless `floats` asks for 16 bits.
 * @throws {WeightsError} code `DISK_FULL` when there is no room, else `WEIGHTS`; {GMemError} code `NON_FINITE` for a number that
 * 16 bits would make infinite. The old file is untouched.
 * @example
 * await writeSafetensors("a.safetensors", { w: array([1, 2, 3, 4], [2, 2]) }, { metadata: { step: "3" }, floats: "f16" });
 */
export async function writeSafetensors(
  path: string,
  tensors: Named<NDArray>,
  options: WriteOptions = {},
): Promise<void> {
  const writer = await SafetensorsWriter.create(path, tensors, options);
  try {
    for (const [name, value] of Object.entries(tensors)) await writer.append(name, value);
  } catch (error) {
    await writer.abort();
    throw error;
  }
  await writer.close();
}
