import { GMemError, key } from "@gmem/tensor";
import type { Drawings } from "./drawings.ts";

/** Rows of drawings by what training knows of them, each ascending. */
export interface DrawingsSplit {
  readonly train: Int32Array;
  /** Drawings of concepts that training sees in other styles alone. */
  readonly heldOutPairs: Int32Array;
  /** Drawings of concepts that training does not see at all. */
  readonly heldOutConcepts: Int32Array;
}

/**
 * Divides drawings by concept and by pair of concept and style. What is held out depends on seed and names alone, so that
 * other sets, sizes or versions hold out the same concepts. A concept that would lose its every style keeps them all.
 * @throws {GMemError} code `CONFIG` for shares outside 0 … 1.
 * @example
 * // no-run
 * const { train, heldOutPairs, heldOutConcepts } = splitDrawings(await drawings(), { seed: 0 });
 */
export function splitDrawings(
  { concepts, styles, conceptOf, styleOf }: Pick<Drawings, "concepts" | "styles" | "conceptOf" | "styleOf">,
  options: {
    readonly seed: number;
    /** Share of the pairs of other concepts to hold out; default .1. */
    readonly pairs?: number;
    /** Share of the concepts to hold out; default .07. */
    readonly concepts?: number;
  },
): DrawingsSplit {
  const { seed, pairs = 0.1, concepts: unseen = 0.07 } = options;
  for (const share of [pairs, unseen])
    if (!(share >= 0 && share < 1))
      throw new GMemError("CONFIG", `splitDrawings: shares must be 0 or more and below 1, got ${share}`);
  const rng = key(seed).split("held-out drawings");
  const chance = (kind: string, name: string): number => rng.split(kind).split(name).uniform([1]).data[0] as number;
  const groupOf = (row: number): keyof DrawingsSplit => {
    const concept = concepts[conceptOf[row] as number]?.name ?? "";
    if (chance("concept", concept) < unseen) return "heldOutConcepts";
    return chance("pair", `${styles[styleOf[row] as number]}/${concept}`) < pairs ? "heldOutPairs" : "train";
  };
  const groups = Array.from(conceptOf, (_, row) => groupOf(row));
  const trained = new Set(conceptOf.filter((_, row) => groups[row] === "train"));
  const rowsOf = (group: keyof DrawingsSplit): Int32Array =>
    Int32Array.from(
      groups.flatMap((found, row) => {
        const isAlone = found === "heldOutPairs" && !trained.has(conceptOf[row] as number);
        return (isAlone ? "train" : found) === group ? [row] : [];
      }),
    );
  return {
    train: rowsOf("train"),
    heldOutPairs: rowsOf("heldOutPairs"),
    heldOutConcepts: rowsOf("heldOutConcepts"),
  };
}
