import { WeightsError } from "./weights-error.ts";

/**
 * What the structure of a checkpoint may take in memory: each value is charged about what it takes here before it is made.
 * A pickle can say much with few bytes, by repeating or by deflating; what a file holds is bounded by its size all the same.
 */
export class PickleBudget {
  readonly #file: string;
  #left: number;

  constructor({ file, size }: { readonly file: string; readonly size: number }) {
    this.#file = file;
    this.#left = 3 * size + 3 * 2 ** 23;
  }

  /** @throws {WeightsError} code `FORMAT` when nothing is left. */
  spend(bytes: number): void {
    this.#left -= bytes;
    if (this.#left >= 0) return;
    const rule =
      "torch: a checkpoint's structure must not be far larger than its file; save tensors and few plain values instead";
    throw new WeightsError("FORMAT", { file: this.#file, rule, found: "one that repeats itself" });
  }
}
