import type { Shape } from "../aval.ts";

/** Longest row that is added up in one go: kernels that add one float after the other drift by 1% at a million. */
const longestRow = 256;
/** Rows shorter than this are not worth a division that leaves nothing over. */
const shortestRow = 32;

/** One kernel of a long sum. */
export interface SumStage {
  /** What comes in. */
  readonly from: Shape;
  /** Zeros to append to each axis, so that one can be cut into rows. */
  readonly zeros: readonly number[];
  /** The same elements with rows as an axis of their own. */
  readonly split: Shape;
  /** The axis of `split` that is added up, and not kept. */
  readonly axis: number;
}

export interface SumStages {
  /** The operand, neighbouring axes that are treated alike as one. */
  readonly merged: Shape;
  readonly stages: readonly SumStage[];
  /** The axes that are not summed. */
  readonly left: Shape;
}

export interface SumStagesOptions {
  /**
   * The part of a length that is fixed, which rows must divide: where a length stands for another that is known at run
   * time only. Default: all of it.
   */
  readonly fixed?: (length: number) => number;
}

/**
 * A sum over axes in stages of at most 256 numbers, so that its error does not grow with their count: an engine whose
 * kernels add one float after the other does these in turn.
 * @example
 * sumStages([2, 4096], [1]).stages.map(({ split, axis }) => [split, axis]); // [2,16,256] over 2, [2,16] over 1
 */
export function sumStages(shape: Shape, axes: readonly number[], options: SumStagesOptions = {}): SumStages {
  const { fixed = (length) => length } = options;
  const groups: { readonly isSummed: boolean; length: number }[] = [];
  shape.forEach((length, axis) => {
    const isSummed = axes.includes(axis);
    const last = groups.at(-1);
    if (last?.isSummed === isSummed) last.length *= length;
    else groups.push({ isSummed, length });
  });
  const merged: Shape = groups.map(({ length }) => length);
  const stages: SumStage[] = [];
  let from = merged;
  for (let axis = groups.length - 1; axis >= 0; axis--) {
    if (!groups[axis]?.isSummed) continue;
    for (let length = from[axis] as number; length > longestRow; length = from[axis] as number) {
      const row = rowLength(length, fixed(length));
      if (row === undefined) break;
      const rows = Math.ceil(length / row);
      const zeros = from.map((_, i) => (i === axis ? rows * row - length : 0));
      stages.push({ from, zeros, split: from.toSpliced(axis, 1, rows, row), axis: axis + 1 });
      from = from.with(axis, rows);
    }
    stages.push({ from, zeros: from.map(() => 0), split: from, axis });
    from = from.toSpliced(axis, 1);
  }
  return { merged, stages, left: from };
}

/** The longest row that divides a length; a full one if that is short and zeros may be appended. */
function rowLength(length: number, fixed: number): number | undefined {
  for (let row = longestRow; row >= shortestRow; row--) if (fixed % row === 0) return row;
  return fixed === length ? longestRow : undefined;
}
