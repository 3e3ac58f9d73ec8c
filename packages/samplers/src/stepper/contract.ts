import type { VelocityModel } from "@gmem/spec";
import type { Engine, GMemError, Named, NDArray } from "@gmem/tensor";
import type { Guidance } from "../guidance.ts";
import type { Keep } from "../keep.ts";
import type { PlannedStep } from "../plan.ts";
import type { ParameterSource } from "../sampler.ts";

export type StepperOptions = ParameterSource & {
  readonly engine: Engine;
  readonly model: VelocityModel;
  /** Rows of the network's batch. */
  readonly slots: number;
};

/** One picture to be drawn. */
export interface StepperRequest {
  /** x [1,C,H,W] at the first time: z ~ N(0, I). */
  readonly noise: NDArray<"f32">;
  /** What the conditioner resolved, one row each. */
  readonly feeds: Named<NDArray>;
  /** Of `plan`. */
  readonly steps: readonly PlannedStep[];
  /** What the steps were planned with. */
  readonly guidance?: Guidance | undefined;
  /** The slot of the null input; needed where a step is guided. */
  readonly nullSlot?: number | undefined;
  /** The noise of a stochastic solver's step [1,C,H,W], by its index from 0. */
  readonly stepNoise?: (index: number) => NDArray<"f32">;
  /** What x becomes after a step, at its time: parts of a picture that are to stay. */
  readonly keep?: Keep | undefined;
}

/** A request that has come a step further, or has ended. */
export interface SlotStep {
  readonly slot: number;
  /** Steps done, of `steps`. */
  readonly index: number;
  readonly steps: number;
  /** The time of x. */
  readonly t: number;
  /** Evaluations of v so far, and rows of the network's batch that they took. */
  readonly nfe: number;
  readonly forwards: number;
  /** x [1,C,H,W]. */
  readonly x: NDArray<"f32">;
  /** E[x₀|x] [1,C,H,W] by the last evaluation of v. */
  x0(): NDArray<"f32">;
  /** True after the last step: the request has left its slots. */
  readonly isDone: boolean;
  /** Why it ended before: it has left its slots, and x is not to be used. */
  readonly error?: GMemError;
}

/** Requests that share the network's batch, each at its own step. */
export interface Stepper {
  readonly slots: number;
  /** Slots that nobody has, ascending. */
  free(): readonly number[];
  /**
   * Puts a request into a slot, from the next {@link step} on.
   * @throws {GMemError} code `CONFIG` for a slot that is taken or not there, or a request without what its steps need.
   * @throws {GMemError} code `NON_FINITE` for noise or feeds with NaN or infinity.
   */
  join(slot: number, request: StepperRequest): void;
  /**
   * One evaluation of v for all requests: those of a solver with one evaluation come a step further, those of Heun every
   * second time. Gives the requests that did.
   * @throws {GMemError} code `CONFIG` while another one is under way; what the engine throws, after which every request is
   * where it was.
   */
  step(): Promise<readonly SlotStep[]>;
  /** Takes a request out of its slots at once; of a free slot, nothing. */
  leave(slot: number): void;
  dispose(): Promise<void>;
}
