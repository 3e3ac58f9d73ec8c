import type { Named, NDArray } from "@gmem/tensor";
import { openWeights, type WeightsOptions } from "./open-weights.ts";
import { checkMaterial } from "./read-torch.ts";
import type { WeightsFile } from "./weights-file.ts";

/**
 * Reads the network in any file of weights into memory, as {@link openWeights} selects it.
 * @throws {WeightsError} as {@link openWeights}
 * @example
 * await writeSafetensors("a.safetensors", { "module.w": array([1, 2]) }, { metadata: { step: "3" } });
 * const { tensors, values, format } = await readWeights("a.safetensors"); // tensors.w f32 [2], step "3", safetensors
 */
export async function readWeights(
  path: string,
  options: WeightsOptions = {},
): Promise<{ readonly tensors: Named<NDArray> } & Pick<WeightsFile, "format" | "values">> {
  const file = await openWeights(path, options);
  try {
    const { format, values } = file;
    if (format === "torch") checkMaterial(file);
    const entries: [string, NDArray][] = [];
    for (const name of Object.keys(file.tensors)) entries.push([name, await file.read(name)]);
    return { format, values, tensors: Object.fromEntries(entries) };
  } finally {
    await file.close();
  }
}
