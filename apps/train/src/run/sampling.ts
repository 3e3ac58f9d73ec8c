import {
  cfg,
  euler,
  eulerMaruyama,
  heun,
  heunSde,
  type SampleProgress,
  type SampleResult,
  sample,
  shiftedGrid,
} from "@gmem/samplers";
import type { Solver, Tokenizer, VelocityModel } from "@gmem/spec";
import type { DeviceState, Engine, NDArray } from "@gmem/tensor";
import type { RunConfig } from "../config/schema.ts";

export interface SamplingParts {
  readonly engine: Engine;
  readonly model: VelocityModel;
  readonly tokenizer: Tokenizer;
  readonly settings: RunConfig["sampler"];
  /** Holds the parameters under the model's names. */
  readonly state: DeviceState;
}

export interface Draw {
  readonly request: unknown;
  readonly count: number;
  readonly seed: number;
  readonly batchSize?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: SampleProgress) => void;
}

/** Pictures [count,3,H,W] ∈ [0,1] by the run's sampler settings. */
export async function draw(
  parts: SamplingParts,
  options: Draw,
): Promise<SampleResult & { readonly images: NDArray<"f32"> }> {
  const { engine, model, tokenizer, settings, state } = parts;
  const { steps, shift, cfg: scale, lastStepSize } = settings;
  const solver = solverOf(settings, model);
  const drawn = await sample({
    ...{ engine, model, tokenizer, state, solver, steps, grid: shiftedGrid(shift) },
    ...(scale === 1 ? {} : { guidance: cfg({ scale }) }),
    ...(lastStepSize === null || !solver.stochastic ? {} : { lastStepSize }),
    ...options,
  });
  return {
    ...drawn,
    images: { ...drawn.images, data: drawn.images.data.map((x) => Math.min(1, Math.max(0, (x + 1) / 2))) },
  };
}

function solverOf({ solver, diffusion: form }: RunConfig["sampler"], { interpolant }: VelocityModel): Solver {
  switch (solver) {
    case "euler":
      return euler;
    case "heun":
      return heun;
    case "euler-maruyama":
      return eulerMaruyama({ interpolant, form });
    case "heun-sde":
      return heunSde({ interpolant, form });
  }
}
