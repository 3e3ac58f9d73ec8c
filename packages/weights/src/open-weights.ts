import { mapNamed } from "@gmem/tensor";
import { openAllWeights } from "./open-all-weights.ts";
import { selectNetwork, type TakenNetwork, type WeightsOptions } from "./select-state-dict.ts";
import { missingTensor } from "./weights-error.ts";
import type { WeightsFile } from "./weights-file.ts";

/** An open file of weights, one network of it. */
export interface OpenNetwork extends WeightsFile {
  readonly taken: TakenNetwork;
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
export async function openWeights(path: string, options: WeightsOptions = {}): Promise<OpenNetwork> {
  const file = await openAllWeights(path);
  try {
    const own = mapNamed(file.tensors, ({ dtype, shape }, inFile) => ({ dtype, shape, inFile }));
    const { tensors: network, taken } = selectNetwork({ tensors: own, path }, options);
    const tensors = mapNamed(network, ({ dtype, shape }) => ({ dtype, shape }));
    const read: WeightsFile["read"] = async (name) => {
      const entry = Object.hasOwn(network, name) ? network[name] : undefined;
      if (!entry) throw missingTensor(path, name, Object.keys(network));
      return file.read(entry.inFile);
    };
    return { ...file, tensors, taken, read };
  } catch (cause) {
    await file.close();
    throw cause;
  }
}
