import type { TensorEntry } from "./header.ts";
import { openAllWeights } from "./open-all-weights.ts";
import { selectStateDict } from "./select-state-dict.ts";
import { missingTensor } from "./weights-error.ts";
import type { WeightsFile } from "./weights-file.ts";

/** Which network of a checkpoint; default the averaged one if there is one. */
export interface WeightsOptions {
  readonly weights?: "ema" | "raw";
}

/**
 * Opens the network in any file of weights, told by its content: safetensors, torch (zip or older), npz, npy; or the index
 * of a checkpoint in several files, or a folder with one. Names are those of {@link selectStateDict}; tensors are read one
 * by one when asked for.
 * @throws {WeightsError} code `FORMAT` for a malformed file, `WEIGHTS` for one that cannot be opened or lacks a tensor.
 * @example
 * await writeTorch("last.pt", { model: { w: array([1, 2]) }, ema: { w: array([3, 4]) } });
 * const file = await openWeights("last.pt");
 * const w = await file.read("w"); // f32 [2]: 3 4
 * await file.close();
 */
export async function openWeights(path: string, options: WeightsOptions = {}): Promise<WeightsFile> {
  const file = await openAllWeights(path);
  try {
    const own = Object.fromEntries(Object.keys(file.tensors).map((name) => [name, name]));
    const names = new Map(Object.entries(selectStateDict({ tensors: own }, options)));
    const tensors = Object.fromEntries([...names].map(([name, inFile]) => [name, file.tensors[inFile] as TensorEntry]));
    const read: WeightsFile["read"] = async (name) => {
      const inFile = names.get(name);
      if (inFile === undefined) throw missingTensor(path, name, [...names.keys()]);
      return file.read(inFile);
    };
    return { ...file, tensors, read };
  } catch (cause) {
    await file.close();
    throw cause;
  }
}
