import { stat } from "node:fs/promises";
import type { Named } from "@gmem/tensor";
import { openSafetensors } from "./open-safetensors.ts";
import { type AllTensors, readAll } from "./read-all.ts";

/**
 * Reads every tensor of a file into memory. Tensors of an element type that cannot be read are left out and listed as
 * `unread`.
 * @throws {WeightsError} as {@link openSafetensors}
 * @example
 * await writeSafetensors("a.safetensors", { w: array([1, 2]) }, { metadata: { step: "3" } });
 * const { tensors, metadata } = await readSafetensors("a.safetensors"); // tensors.w is f32 [2], metadata.step "3"
 */
export async function readSafetensors(path: string): Promise<AllTensors & { readonly metadata: Named<string> }> {
  const file = await openSafetensors(path);
  try {
    const all = await readAll({ ...file, format: "safetensors", size: (await stat(path)).size });
    return { ...all, metadata: file.metadata };
  } finally {
    await file.close();
  }
}
