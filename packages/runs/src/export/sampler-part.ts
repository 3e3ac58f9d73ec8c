import type { LoopSegment } from "@gmem/engine-onnx";
import { memoryShape, plan } from "@gmem/samplers";
import type { Solver, VelocityModel } from "@gmem/spec";
import {
  type Aval,
  broadcast,
  counted,
  f32,
  GMemError,
  type Graph,
  type Named,
  type NDArray,
  slice,
  trace,
} from "@gmem/tensor";
import { discreteOf, type SamplerParts, scheduleOf } from "../open/run-sampler.ts";
import { solverName } from "../parts/solver.ts";
import { conditions } from "./backbone-part.ts";
import { discreteSegments } from "./discrete-segments.ts";
import type { ExportPart } from "./export-part.ts";
import { type Carried, solverSegments } from "./solver-segments.ts";

/**
 * All steps of the run's sampler: noise → latents.
 * @throws {GMemError} code `CONFIG` for a solver that chooses its steps while it runs.
 */
export async function samplerPart(parts: SamplerParts, parameters: Named<NDArray>): Promise<ExportPart> {
  const { model, settings } = parts;
  const { segments, remembers } = await segmentsOf(parts);
  return {
    file: "sampler.onnx",
    meaning: `latents drawn with ${solverName(settings)} in ${counted(settings.steps, "step")}, guidance ${settings.cfg}`,
    values: {
      ...conditions,
      noise: "z ~ N(0,1)",
      stepNoise: "N(0,1), new for each step; a last step without noise reads none",
      latents: "what decoder.onnx takes",
    },
    parameters,
    trace(n) {
      const before = beforeSteps(model, n, remembers);
      const carried = { latents: before.fetches.latents as Aval, c: before.fetches.c as Aval };
      return { before, segments: segments(single(model), carried), rows: { eps: "stepNoise" } };
    },
  };
}

interface Steps {
  segments(own: VelocityModel, carried: Carried): readonly LoopSegment[];
  /** A multistep solver, whose memory the steps carry. */
  readonly remembers?: Solver | undefined;
}

async function segmentsOf(parts: SamplerParts): Promise<Steps> {
  const { model, settings } = parts;
  const discrete = discreteOf(parts);
  if (discrete) return { segments: (own, carried) => discreteSegments(own, { ...discrete, carried }) };
  const { solver, ...schedule } = await scheduleOf(settings, model);
  if ("adaptive" in solver)
    throw new GMemError(
      "CONFIG",
      `sampler.onnx: needs a solver whose steps are known beforehand, got ${solver.name}; train with sampler.solver=heun, or export backbone and drive it`,
    );
  const planned = plan(solver, model, schedule);
  const { guidance } = schedule;
  return {
    segments: (own, carried) => solverSegments(own, { planned, guidance, carried }),
    remembers: planned.find((step) => step.solver.memory)?.solver,
  };
}

/** Noise is where x starts; the condition is the same in all steps; a multistep solver begins with a memory of zeros. */
function beforeSteps(model: VelocityModel, n: number, remembers?: Solver): Graph {
  const feeds: Named<Aval> = { noise: f32(n, ...model.backbone.latent), ...model.conditioner.feeds(n) };
  return trace<Named<Aval>, Named<Aval>>({ feeds, state: model.avals() }, (given) => {
    const noise = given.feeds.noise as (typeof given.feeds)[string];
    const kept = remembers && memoryShape(remembers, noise.shape); // [N,M,H,W]
    const memory = kept && broadcast(slice(noise, 1, [0, 1]).mul(0), kept);
    return { fetches: { latents: noise, c: model.condition(given.state, given.feeds), ...(memory && { memory }) } }; // [N,C,H,W], [N,D]
  });
}

/** The null input as one row: n rows would stand in the file as a constant of this batch size. */
const single = (model: VelocityModel): VelocityModel => ({
  ...model,
  nullCondition(p, n) {
    const row = model.nullCondition(p, 1); // [1,D]
    return broadcast(row, [n, ...row.shape.slice(1)]);
  },
});
