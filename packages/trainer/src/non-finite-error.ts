import { GMemError, type Named, type NDArray } from "@gmem/tensor";

/** Training stopped because steps in a row had a loss or gradient norm that is not finite; none of them changed anything. */
export class NonFiniteError extends GMemError {
  /** The last of them. */
  readonly step: number;
  /** What it was fed. */
  readonly feeds: Named<NDArray>;
  /** The same as a safetensors file, when the run has a folder. */
  readonly dump: string | undefined;

  constructor(at: {
    readonly step: number;
    readonly inARow: number;
    readonly feeds: Named<NDArray>;
    readonly dump: string | undefined;
  }) {
    const { step, inARow, feeds, dump } = at;
    const where = dump === undefined ? "its batch is in `feeds` of this error" : `its batch is in ${dump}`;
    super(
      "NON_FINITE",
      `train: loss and gradient norm must be finite, got ${inARow} steps in a row that were not, up to step ${step}; ` +
        `${where}. Check the data for NaN, lower optimizer.lr, or lengthen the warm-up`,
    );
    this.step = step;
    this.feeds = feeds;
    this.dump = dump;
  }
}
