import type { DeviceState, Named, NDArray } from "@gmem/tensor";
import type { Keep } from "./keep.ts";

/** What one batch starts from. */
export interface SamplerInput {
  /** z ~ N(0, I) [N,C,H,W] at the first time. */
  readonly noise: NDArray<"f32">;
  /** What the conditioner resolved. */
  readonly feeds: Named<NDArray>;
  /** The noise of a stochastic solver's step [N,C,H,W], by its index from 0. */
  readonly stepNoise?: (index: number) => NDArray<"f32">;
  readonly signal?: AbortSignal | undefined;
  /** What x [N,C,H,W] becomes after each step: parts of pictures that are to stay. Not with steps that are joined into a call. */
  readonly keep?: Keep | undefined;
}

/** How steps lie in time, where that is known before. */
export interface SamplerLayout {
  /** The first time; undefined where there are no steps. */
  readonly t: number | undefined;
  readonly steps: number;
  /** What they were laid for. */
  readonly strength: number;
}

/** The state after a step. */
export interface SamplerStep {
  /** Steps done, from 1. */
  readonly index: number;
  /** The time of x. */
  readonly t: number;
  /** Evaluations of v so far, and network calls. */
  readonly nfe: number;
  readonly forwards: number;
  /** x [N,C,H,W]; read it before asking for the next step. */
  x(): Promise<NDArray<"f32">>;
}

export interface SamplerResult {
  readonly latents: NDArray<"f32">;
  readonly nfe: number;
  readonly forwards: number;
}

/** Compiled once for a batch size, run as often as wanted. */
export interface Sampler {
  readonly batchSize: number;
  readonly layout?: SamplerLayout;
  steps(input: SamplerInput): AsyncIterable<SamplerStep>;
  run(input: SamplerInput): Promise<SamplerResult>;
  dispose(): Promise<void>;
}

/** The name of x in a state that holds it. */
export const latentName = "sampler.x";

/** Where parameters, and x if it is resident, live. */
export interface Place {
  readonly state: DeviceState;
  readonly resident: string | undefined;
  dispose(): Promise<void>;
}
