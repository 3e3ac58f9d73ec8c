import type { Named, NDArray } from "@gmem/tensor";
import { openSafetensors } from "./open-safetensors.ts";

/**
 * Reads every tensor of a file into memory.
 * @throws {WeightsError} as {@link openSafetensors}
 * @example
 * await writeSafetensors("a.safetensors", { w: array([1, 2]) }, { metadata: { step: "3" } });
 * const { tensors, metadata } = await readSafetensors("a.safetensors"); // tensors.w is f32 [2], metadata.step "3"
 */
export async function readSafetensors(
  path: string,
): Promise<{ readonly tensors: Named<NDArray>; readonly metadata: Named<string> }> {
  const file = await openSafetensors(path);
  try {
    const entries: [string, NDArray][] = [];
    for (const name of Object.keys(file.tensors)) entries.push([name, await file.read(name)]);
    return { tensors: Object.fromEntries(entries), metadata: file.metadata };
  } finally {
    await file.close();
  }
}
