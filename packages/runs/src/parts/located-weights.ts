import type { Named, NDArray } from "@gmem/tensor";
import { readWeights } from "@gmem/weights";
import { takenSentence } from "../convert/network-sentence.ts";
import type { WorkOptions } from "../progress.ts";
import { locateWeights } from "./locate-weights.ts";

/**
 * The tensors of the file that a setting names, as {@link locateWeights}; where the file has several networks, it is said which
 * one they are.
 * @throws {GMemError} code `CONFIG` if nothing or a file that does not exist is named, `WEIGHTS` if several may be meant.
 */
export async function locatedWeights(
  setting: string,
  value: string | null,
  options: WorkOptions & { readonly what: string },
): Promise<Named<NDArray>> {
  const { tensors, taken } = await readWeights(await locateWeights(setting, value, options));
  if (taken.kind === "averaged" || taken.others.length > 0)
    options.onProgress?.({ stage: "weights", done: 1, total: 1, result: `${setting}: ${takenSentence(taken)}` });
  return tensors;
}
