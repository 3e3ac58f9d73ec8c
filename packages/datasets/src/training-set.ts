import type { LatentShape, TrainingSet } from "@gmem/spec";
import { array, GMemError, type NDArray, ShapeError, takeRows } from "@gmem/tensor";

export interface TrainingSetParts {
  /** [N,C,H,W]. */
  readonly latents: NDArray<"f32">;
  /** [N]. */
  readonly labels?: ArrayLike<number>;
  /** [N,d], or a function that fetches rows of it from wherever they are. */
  readonly snippets?: NDArray<"f32"> | ((rows: Int32Array) => Promise<NDArray<"f32">>);
  /** [N]. */
  readonly prompts?: readonly string[];
}

/**
 * A training set in memory. Snippets may stay in a memory bank: give a function from rows to [rows,d].
 * @throws {ShapeError} if the latents are not [N,C,H,W] or the other parts have another length.
 * @example
 * const set = trainingSet({ latents: zeros([6, 3, 4, 4]), labels: [0, 1, 0, 1, 0, 1] });
 * const { latents } = await set.batch(Int32Array.of(5, 0)); // [2,3,4,4]
 */
export function trainingSet(parts: TrainingSetParts): TrainingSet {
  const { latents, labels, snippets, prompts } = parts;
  const [length, channels, height, width] = latents.shape;
  if (latents.shape.length !== 4 || length === undefined)
    throw new ShapeError("trainingSet", "latents must be [N,C,H,W]", [latents.shape]);
  const rows = (name: string, count: number): void => {
    if (count !== length)
      throw new ShapeError("trainingSet", `${name} must have the ${length} rows of the latents`, [[count]]);
  };
  if (labels) rows("labels", labels.length);
  if (prompts) rows("prompts", prompts.length);
  if (snippets && typeof snippets !== "function") rows("snippets", snippets.shape[0] ?? 0);
  const kept = labels && Int32Array.from(labels);
  return {
    length,
    latent: [channels, height, width] as unknown as LatentShape,
    async batch(index) {
      for (const row of index)
        if (row < 0 || row >= length)
          throw new GMemError("INVALID_REQUEST", `trainingSet: rows must be 0…${length - 1}, got ${row}`);
      return {
        index,
        latents: takeRows(latents, index),
        ...(snippets && {
          snippets: await (typeof snippets === "function" ? snippets(index) : takeRows(snippets, index)),
        }),
        ...(kept && { labels: takeRows(array(kept, [length], "i32"), index).data }),
        ...(prompts && { prompts: Array.from(index, (row) => prompts[row] as string) }),
      };
    },
  };
}
