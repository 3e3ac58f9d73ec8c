import { openWeights } from "./open-weights.ts";
import { type AllTensors, readAll } from "./read-all.ts";
import type { TakenNetwork, WeightsOptions } from "./select-state-dict.ts";
import type { WeightsFile } from "./weights-file.ts";

/**
 * Reads the network in any file of weights into memory, as {@link openWeights} selects it. Tensors of an element type that
 * cannot be read are left out and listed as `unread`.
 * @throws {WeightsError} as {@link openWeights}
 * @example
 * await writeSafetensors("a.safetensors", { "module.w": array([1, 2]) }, { metadata: { step: "3" } });
 * const { tensors, values, format } = await readWeights("a.safetensors"); // tensors.w f32 [2], step "3", safetensors
 */
export async function readWeights(
  path: string,
  options: WeightsOptions = {},
): Promise<AllTensors & Pick<WeightsFile, "format" | "values"> & { readonly taken: TakenNetwork }> {
  const file = await openWeights(path, options);
  try {
    const { format, values, taken } = file;
    return { format, values, taken, ...(await readAll(file)) };
  } finally {
    await file.close();
  }
}
