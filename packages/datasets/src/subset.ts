import type { Dataset } from "@gmem/spec";
import { GMemError } from "@gmem/tensor";
import { isLabelled, type LabelledDataset } from "./labelled-dataset.ts";

/** Some examples of a dataset, in the order of `rows`. */
export interface Subset<Example> extends Dataset<Example> {
  /** Index in the whole dataset of each example here, [length]. */
  readonly rows: Int32Array;
}

/**
 * The chosen examples of a dataset as a dataset; labels, class names and captions come along.
 * @throws {GMemError} code `INVALID_REQUEST` if a row is outside the dataset.
 * @example
 * const data = { name: "squares", length: 5, at: async (i: number) => i * i };
 * const odd = subset(data, [1, 3]); // odd.at(1) gives 9
 */
export function subset<Example>(
  dataset: LabelledDataset<Example>,
  rows: ArrayLike<number>,
): Subset<Example> & LabelledDataset<Example>;
export function subset<Example>(dataset: Dataset<Example>, rows: ArrayLike<number>): Subset<Example>;
export function subset<Example>(dataset: Dataset<Example>, rows: ArrayLike<number>): Subset<Example> {
  const chosen = Int32Array.from(rows);
  for (const row of chosen)
    if (row < 0 || row >= dataset.length)
      throw new GMemError("INVALID_REQUEST", `subset: rows must be 0…${dataset.length - 1}, got ${row}`);
  const rowOf = (index: number): number => {
    const row = chosen[index];
    if (row === undefined)
      throw new GMemError("INVALID_REQUEST", `subset: index must be 0…${chosen.length - 1}, got ${index}`);
    return row;
  };
  const part: Subset<Example> = {
    name: `${dataset.name}[${chosen.length}]`,
    length: chosen.length,
    rows: chosen,
    at: async (index) => dataset.at(rowOf(index)),
    ...(dataset.captionsAt && { captionsAt: async (index) => (await dataset.captionsAt?.(rowOf(index))) ?? [] }),
  };
  if (!isLabelled(dataset)) return part;
  return Object.assign(part, { labels: chosen.map((row) => dataset.labels[row] as number), classes: dataset.classes });
}
