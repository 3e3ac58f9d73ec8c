import type { Dataset } from "@gmem/spec";
import { isLabelled, type LabelledDataset } from "./labelled-dataset.ts";
import { checkRows, rowAt } from "./rows-that-are-there.ts";

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
  checkRows("subset", chosen, dataset.length);
  const rowOf = (index: number): number => rowAt("subset", chosen, index);
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
