import type { LoopSegment } from "@gmem/engine-onnx";
import { type Guidance, guidedVelocity, memoryShape, type PlannedStep, stepped } from "@gmem/samplers";
import type { Velocity, VelocityModel } from "@gmem/spec";
import { type Aval, array, broadcast, f32, type Graph, type Named, scalar, type Tensor, trace } from "@gmem/tensor";

export interface Carried {
  /** x [N,C,H,W]. */
  readonly latents: Aval;
  /** What the condition became, [N,D]. */
  readonly c: Aval;
}

export interface SolverSegmentsOptions {
  readonly planned: readonly PlannedStep[];
  readonly guidance?: Guidance | undefined;
  readonly carried: Carried;
}

const kindOf = ({ solver, guided }: PlannedStep): string => `${solver.name} ${guided}`;

/** Steps of one kind after one another, their times as constants. */
export function solverSegments(model: VelocityModel, options: SolverSegmentsOptions): readonly LoopSegment[] {
  const runs: PlannedStep[][] = [];
  for (const step of options.planned) {
    const last = runs.at(-1);
    if (last && kindOf(last[0] as PlannedStep) === kindOf(step)) last.push(step);
    else runs.push([step]);
  }
  return runs.map((steps) => ({
    step: solverStep(model, steps[0] as PlannedStep, options),
    steps: steps.length,
    perStep: { t: array(steps.map(({ t }) => t)), tNext: array(steps.map(({ tNext }) => tNext)) },
  }));
}

/** One step: latents, c, t, tNext, and eps for stochastic solvers → latents. All samples are at one time. */
function solverStep(model: VelocityModel, { solver, guided }: PlannedStep, options: SolverSegmentsOptions): Graph {
  const { guidance, carried } = options;
  const { latents } = carried;
  const [n = 1] = latents.shape;
  const kept = memoryShape(solver, latents.shape);
  const own = { ...(solver.stochastic && { eps: latents }), ...(kept && { memory: f32(...kept) }) };
  const feeds = { latents, c: carried.c, t: f32(), tNext: f32(), ...own };
  return trace<Named<Aval>, Named<Aval>>({ feeds, state: model.avals() }, ({ feeds: given, state }) => {
    const { latents: x, c, t, tNext, ...rest } = given as Record<keyof typeof feeds, Tensor>;
    const { eps = broadcast(scalar(0), latents.shape), memory } = rest as {
      readonly eps?: Tensor;
      readonly memory?: Tensor;
    };
    let call = 0;
    const v: Velocity = (at, time) => {
      const active = guided[call++] ? guidance : undefined;
      return guidedVelocity(model, state, { c, guidance: active })(at, time); // [N,C,H,W]
    };
    const times = { t: broadcast(t, [n]), tNext: broadcast(tNext, [n]) }; // [N]
    const next = stepped(solver, v, { x, ...times, eps, memory });
    return { fetches: { latents: next.x, ...(next.memory && { memory: next.memory }) } };
  });
}
