import type { Params } from "@gmem/spec";
import type { DeviceState, Named, NDArray } from "@gmem/tensor";

/** What one optimizer step did. */
export interface TrainStep {
  /** Steps done with this one: 1, 2, … */
  readonly step: number;
  readonly loss: number;
  /** The terms of the loss by name. */
  readonly parts: Named<number>;
  /** Before clipping. */
  readonly gradNorm: number;
  readonly lr: number;
  /** True if loss or norm was not finite: nothing changed. */
  readonly skipped: boolean;
  /** What the loss was multiplied by, in half precision; a step that was skipped halves it. */
  readonly lossScale?: number;
  /** What a person should know of this step: that the loss has grown tenfold. */
  readonly warning?: string;
  /** Wall time of this step, its share of checkpoints not included. */
  readonly seconds: number;
  /** Smoothed over the last steps. */
  readonly stepsPerSecond: number;
  /** Of `seconds`: samples of a batch by them. */
  readonly imagesPerSecond: number;
  /** Resident bytes of this process after the step. */
  readonly memoryBytes: number;
  /** What `checkpoint.evaluate` measured after this step. */
  readonly evaluation?: Named<number>;
  /** The checkpoint written after this step. */
  readonly checkpoint?: string;
}

/** A run in progress. Iterating makes the steps that are left; leaving the loop and iterating again goes on. */
export interface Trainer extends AsyncIterable<TrainStep> {
  /** Steps done. */
  readonly step: number;
  /** Of the last step done, also by an earlier process: `loss`, its parts, `gradNorm`, and what was evaluated at a checkpoint. */
  readonly metrics: Named<number | null>;
  /** Everything on the device: `model/…`, `ema/…`, `exp_avg/…`, `exp_avg_sq/…`. `state.scope("ema/")` samples without a copy. */
  readonly state: DeviceState;
  /** A copy of the parameters, averaged or raw. */
  parameters(which: "ema" | "model"): Promise<Params<NDArray>>;
  /** Writes a checkpoint of the last step done. @throws {GMemError} code `CONFIG` if the run has no folder. */
  save(): Promise<string>;
  /** Gives the folder and the device memory back. */
  close(): Promise<void>;
}
