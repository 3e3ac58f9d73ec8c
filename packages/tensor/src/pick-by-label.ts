import { GMemError } from "./errors.ts";
import { key } from "./rng.ts";

export interface PickOptions {
  /** k, what stands for each class. */
  readonly perClass: number;
  /** Random@k draws k rows, Average@k averages k equal random groups. */
  readonly pick: "random" | "average";
  readonly seed: number;
}

/** What stands for one class. */
export interface PickedClass {
  readonly label: number;
  /** Rows that the class has. */
  readonly available: number;
  /** min(k, available) groups of rows, whose means are meant; of one row each where rows are drawn. */
  readonly groups: readonly Int32Array[];
}

/**
 * Rows of each label, labels ascending; a negative label is none.
 * @example
 * rowsByLabel(Int32Array.of(1, 0, -1, 1)); // 0 → [1], 1 → [0, 3]
 */
export function rowsByLabel(labels: Int32Array): ReadonlyMap<number, Int32Array> {
  const groups = new Map<number, number[]>();
  for (const [row, label] of labels.entries()) {
    if (label < 0) continue;
    const group = groups.get(label);
    if (group) group.push(row);
    else groups.set(label, [row]);
  }
  return new Map([...groups].sort(([a], [b]) => a - b).map(([label, rows]) => [label, Int32Array.from(rows)]));
}

/**
 * Random@k and Average@k of the paper (E.1): for each class k of its rows, or its rows in k equal groups, in an order that
 * the seed decides.
 * @throws {GMemError} code `CONFIG` if k is no positive integer.
 * @example
 * pickByLabel(Int32Array.of(0, 0, 0, 1), { perClass: 2, pick: "average", seed: 0 })[0]?.groups; // 2 rows, and 1
 */
export function pickByLabel(labels: Int32Array, { perClass, pick, seed }: PickOptions): readonly PickedClass[] {
  if (!(Number.isInteger(perClass) && perClass >= 1))
    throw new GMemError("CONFIG", `pickByLabel: perClass must be a positive integer, got ${perClass}`);
  return [...rowsByLabel(labels)].map(([label, rows]) => {
    const order = key(seed).split("reduce").split(label).permutation(rows.length);
    const shuffled = order.map((at) => rows[at] as number);
    const kept = Math.min(perClass, rows.length);
    const groups = Array.from({ length: kept }, (_, group) =>
      pick === "random" ? shuffled.slice(group, group + 1) : shuffled.filter((_row, at) => at % kept === group),
    );
    return { label, available: rows.length, groups };
  });
}
