import type { Dataset } from "@gmem/spec";
import { GMemError, key } from "@gmem/tensor";
import { isLabelled, type LabelledDataset } from "./labelled-dataset.ts";
import { type Subset, subset } from "./subset.ts";

export interface SplitOptions {
  /** Below 1 the share of the examples to hold out, from 1 on their number. */
  readonly heldOut: number;
  readonly seed: number;
}

export interface Split<Part> {
  readonly train: Part;
  readonly heldOut: Part;
}

/**
 * Divides a dataset at random into a part to train on and a part to hold out, each in the order of the whole. With
 * labels, every class gives its share (largest remainders first), so that both parts have the proportions of the whole.
 * @throws {GMemError} code `CONFIG` if one of the parts would be empty.
 * @example
 * const data = { name: "numbers", length: 10, at: async (i: number) => i };
 * const { train, heldOut } = split(data, { heldOut: 0.2, seed: 0 }); // 8 and 2 examples
 */
export function split<Example>(
  dataset: LabelledDataset<Example>,
  options: SplitOptions,
): Split<Subset<Example> & LabelledDataset<Example>>;
export function split<Example>(dataset: Dataset<Example>, options: SplitOptions): Split<Subset<Example>>;
export function split<Example>(dataset: Dataset<Example>, options: SplitOptions): Split<Subset<Example>> {
  const { heldOut, seed } = options;
  const count = heldOut < 1 ? Math.round(heldOut * dataset.length) : heldOut;
  if (!Number.isInteger(count) || count < 1 || count >= dataset.length)
    throw new GMemError(
      "CONFIG",
      `split: heldOut must leave examples in both parts of ${dataset.length}, got ${heldOut}; give a share like 0.1 or a number`,
    );
  const groups = new Map<number, number[]>();
  for (let row = 0; row < dataset.length; row++) {
    const label = isLabelled(dataset) ? (dataset.labels[row] as number) : 0;
    const group = groups.get(label);
    if (group) group.push(row);
    else groups.set(label, [row]);
  }
  const labels = [...groups.keys()].sort((a, b) => a - b);
  const quotas = share(
    count,
    labels.map((label) => groups.get(label)?.length ?? 0),
  );
  const out = new Set<number>();
  labels.forEach((label, at) => {
    const rows = groups.get(label) ?? [];
    const order = key(seed).split("held-out").split(label).permutation(rows.length);
    for (const position of order.subarray(0, quotas[at])) out.add(rows[position] as number);
  });
  const all = Array.from({ length: dataset.length }, (_, row) => row);
  return {
    train: subset(
      dataset,
      all.filter((row) => !out.has(row)),
    ),
    heldOut: subset(
      dataset,
      all.filter((row) => out.has(row)),
    ),
  };
}

/** Divides `count` over groups in proportion to their sizes, in whole numbers. */
function share(count: number, sizes: readonly number[]): number[] {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const exact = sizes.map((size) => (count * size) / total);
  const quotas = exact.map(Math.floor);
  const byRemainder = exact
    .map((value, at) => ({ at, rest: value - Math.floor(value) }))
    .sort((a, b) => b.rest - a.rest || a.at - b.at);
  const missing = count - quotas.reduce((sum, quota) => sum + quota, 0);
  for (const { at } of byRemainder.slice(0, missing)) quotas[at] = (quotas[at] as number) + 1;
  return quotas;
}
