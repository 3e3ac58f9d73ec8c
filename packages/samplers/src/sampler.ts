import type { Params, Solver, VelocityModel } from "@gmem/spec";
import {
  type Aval,
  checkFinite,
  type DeviceState,
  type Engine,
  GMemError,
  type NDArray,
  sameShape,
  zeros,
} from "@gmem/tensor";
import { adaptiveSampler } from "./adaptive-sampler.ts";
import { isStochastic } from "./diffusion.ts";
import type { AdaptiveSolver } from "./dopri5.ts";
import { fixedSampler } from "./fixed-sampler.ts";
import { memoryName, memoryShape } from "./memory.ts";
import type { ScheduleOptions } from "./plan.ts";
import { latentName, type Sampler } from "./sampler-contract.ts";
import { latentAval } from "./step-graph.ts";

/** Where the parameters are: on the host, to be put on the device, or there already under the model's names. */
export type ParameterSource =
  | { readonly parameters: Params<NDArray>; readonly state?: never }
  | { readonly state: DeviceState; readonly parameters?: never };

export type SamplerOptions = ScheduleOptions &
  ParameterSource & {
    readonly engine: Engine;
    readonly model: VelocityModel;
    readonly batchSize: number;
    readonly solver: Solver | AdaptiveSolver;
    /** Runs of equal steps become one call of the engine each; needs `parameters`. Default false. */
    readonly oneCall?: boolean;
  };

/**
 * Compiles what sampling needs: one executable for each kind of step (guided or not, the last one). Given `parameters`, x
 * stays on the device between steps and one run goes at a time; given a `state` without `sampler.x`, x is passed with each
 * step and runs may overlap.
 * @throws {GMemError} code `CONFIG` for settings that do not fit each other, `NON_FINITE` for such parameters.
 * @example
 * // no-run
 * declare const parts: Pick<SamplerOptions, "engine" | "model"> & { state: DeviceState };
 * declare const { noise, feeds }: SamplerInput;
 * const ready = await sampler({ ...parts, batchSize: 4, solver: heun, steps: 20 });
 * for await (const step of ready.steps({ noise, feeds })) {
 *   const x = await step.x(); // [4,C,H,W] at step.t
 * }
 */
export async function sampler(options: SamplerOptions): Promise<Sampler> {
  const { engine, model, batchSize, solver, oneCall = false, parameters } = options;
  if (!Number.isInteger(batchSize) || batchSize < 1)
    throw new GMemError("CONFIG", `sampler: batchSize must be a positive integer, got ${batchSize}`);
  if (typeof solver !== "object")
    throw new GMemError(
      "CONFIG",
      `sampler: solver must be one of this package's, such as heun, got ${JSON.stringify(solver)}`,
    );
  if (parameters) checkFinite(parameters, { where: "sampler", remedy: "load other weights" });
  const latent = latentAval(model, batchSize);
  const kept = "adaptive" in solver ? undefined : memoryShape(solver, latent.shape);
  const own = { [latentName]: zeros(latent.shape), ...(kept && { [memoryName]: zeros(kept) }) };
  const fixed = Object.keys(parameters ?? {}).filter((name) => !Object.hasOwn(own, name));
  const owned = parameters && (await engine.state({ ...parameters, ...own }, { fixed }));
  const state = owned ?? (options.state as DeviceState);
  const holds = ([name, { shape }]: readonly [string, Aval]): boolean =>
    state.avals[name] !== undefined && sameShape(state.avals[name].shape, shape);
  const resident = Object.entries(own).every(holds) ? latentName : undefined;
  if (oneCall && !resident)
    throw new GMemError(
      "CONFIG",
      `sampler: oneCall needs x in the state, got a state without "${latentName}"; pass parameters`,
    );
  const place = { state, resident, dispose: async () => owned?.dispose() };
  try {
    if ("adaptive" in solver) return await adaptiveSampler({ ...options, solver }, place);
    if (isStochastic(solver) && solver.diffusion.interpolant.name !== model.interpolant.name)
      throw new GMemError(
        "CONFIG",
        `sampler: solver and model must share the interpolant, got ${solver.diffusion.interpolant.name} and ${model.interpolant.name}`,
      );
    return await fixedSampler({ ...options, solver, oneCall }, place);
  } catch (error) {
    await owned?.dispose();
    throw error;
  }
}
