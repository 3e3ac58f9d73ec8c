import type { DrawStart } from "@gmem/samplers";
import type { NDArray } from "@gmem/tensor";
import type { RunConfig } from "../config/schema.ts";

/** A picture that has come a step further. */
export interface DrawStep {
  /** Which of the order, from 0. */
  readonly picture: number;
  /** Steps done, of `steps`. */
  readonly step: number;
  readonly steps: number;
  /** The time that it is at; 0 is data. */
  readonly t: number;
  /** What it seems to become [1,3,H,W] ∈ [0,1]: E[x₀|x], decoded. */
  preview(): Promise<NDArray<"f32">>;
}

/** Pictures that somebody wants. */
export interface DrawOrder {
  /** What the conditioner's `parse` gives. */
  readonly request: unknown;
  readonly count: number;
  readonly seed: number;
  /** The id of the first picture, default 0: ids 4…7 of a seed are the second four of its first eight. */
  readonly firstId?: number;
  /** Solver, steps, guidance … of this order. */
  readonly settings: RunConfig["sampler"];
  readonly start?: DrawStart;
  readonly signal?: AbortSignal;
  readonly onStep?: (step: DrawStep) => void;
}

export interface DrawnOrder {
  /** [count,3,H,W] ∈ [0,1]. */
  readonly images: NDArray<"f32">;
  /** [count,C,h,w]. */
  readonly latents: NDArray<"f32">;
  /** Evaluations of v for each picture, and rows of the network's batch (two where guided). */
  readonly nfe: number;
  readonly forwards: number;
}

export interface BatcherStatus {
  /** Pictures that wait, and that are drawn now. */
  readonly waiting: number;
  readonly drawing: number;
  /** Slots that nobody has. */
  readonly free: number;
  /** Calls of the network so far. */
  readonly steps: number;
}

/** Pictures of many callers in one batch: each joins and leaves between steps. */
export interface StepBatcher {
  readonly slots: number;
  /**
   * Draws pictures; equal bits to any other draw at this number of slots.
   * @throws {GMemError} code `CONFIG` for an order that does not fit, `ABORTED` within one step when the signal fires,
   * `NON_FINITE` for latents or pictures with NaN or infinity.
   */
  draw(order: DrawOrder): Promise<DrawnOrder>;
  status(): BatcherStatus;
  /** Ends what is under way with code `ABORTED`, and gives everything back. */
  close(): Promise<void>;
}
