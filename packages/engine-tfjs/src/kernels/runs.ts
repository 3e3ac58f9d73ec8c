import { type Shape, sizeOf } from "@gmem/tensor";

/** tf's kernels go up to rank 6; those of XNNPACK below wasm return noise above it. */
export const highestRank = 6;

/**
 * Groups neighbouring axes that an operation treats alike, so that they can be one axis: kernels take few axes, and fewer
 * are faster. Axes without a kind are left out.
 */
export function runs(rank: number, kind: (axis: number) => unknown): readonly (readonly number[])[] {
  const groups: number[][] = [];
  let last: unknown;
  for (let axis = 0; axis < rank; axis++) {
    const own = kind(axis);
    if (own === undefined) continue;
    const group = groups.at(-1);
    if (group && own === last) group.push(axis);
    else groups.push([axis]);
    last = own;
  }
  return groups;
}

/** The lengths of grouped axes. */
export const lengths = (shape: Shape, groups: readonly (readonly number[])[]): number[] =>
  groups.map((group) => sizeOf(group.map((axis) => shape[axis] as number)));

/** The shape with ones in front, up to a rank. */
export const padded = (shape: Shape, rank: number): number[] => [
  ...Array.from({ length: rank - shape.length }, () => 1),
  ...shape,
];
