import type { LatentTrainingSet, TrainingSet } from "@gmem/spec";
import { checkRows } from "./rows-that-are-there.ts";

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
  checkRows("selectRows", chosen, set.length);
  return {
    length: chosen.length,
    latent: set.latent,
    async batch(index, rng) {
      checkRows("selectRows", index, chosen.length);
      return {
        ...(await set.batch(
          index.map((at) => chosen[at] as number),
          rng,
        )),
        index,
      };
    },
  };
}
