import type { LatentTrainingSet, TrainingSet } from "@gmem/spec";
import { GMemError } from "@gmem/tensor";

/**
 * Some rows of a training set as a training set: the part to train on and the part held out.
 * @throws {GMemError} code `INVALID_REQUEST` if a row is outside the set.
 * @example
 * const set = selectRows(trainingSet({ latents: zeros([6, 3, 4, 4]) }), [5, 1, 2]); // 3 rows
 */
export function selectRows(set: LatentTrainingSet, rows: ArrayLike<number>): LatentTrainingSet;
export function selectRows(set: TrainingSet, rows: ArrayLike<number>): TrainingSet;
export function selectRows(set: TrainingSet, rows: ArrayLike<number>): TrainingSet {
  const chosen = Int32Array.from(rows);
  for (const row of chosen)
    if (row < 0 || row >= set.length)
      throw new GMemError("INVALID_REQUEST", `selectRows: rows must be 0…${set.length - 1}, got ${row}`);
  return {
    length: chosen.length,
    latent: set.latent,
    async batch(index, rng) {
      const rowOf = (at: number): number => {
        const row = chosen[at];
        if (row === undefined)
          throw new GMemError("INVALID_REQUEST", `selectRows: rows must be 0…${chosen.length - 1}, got ${at}`);
        return row;
      };
      return { ...(await set.batch(index.map(rowOf), rng)), index };
    },
  };
}
