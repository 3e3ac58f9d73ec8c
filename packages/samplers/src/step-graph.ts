import type { Solver, Velocity, VelocityModel } from "@gmem/spec";
import { type Aval, broadcast, f32, type Graph, scalar, trace } from "@gmem/tensor";
import { type Guidance, guidedVelocity } from "./guidance.ts";
import { memoryName, memoryShape, stepped } from "./memory.ts";

export interface StepGraphOptions {
  readonly solver: Solver;
  /** One flag for each evaluation of v in a step. */
  readonly guided: readonly boolean[];
  readonly guidance?: Guidance | undefined;
  readonly batchSize: number;
  /** The name of x in the state if it stays on the device between steps; otherwise x comes and goes with each run. */
  readonly resident?: string | undefined;
}

/** The shape of x [N,C,H,W]. */
export const latentAval = (model: VelocityModel, n: number): Aval => f32(n, ...model.backbone.latent);

/**
 * One solver step as a program: the conditioner's feeds, t and tNext [N], eps for stochastic solvers, x and memory for
 * multistep ones → x, memory. Times are fed a sample at a time, so requests at different times can share a run.
 */
export function stepGraph(model: VelocityModel, options: StepGraphOptions): Graph {
  const { solver, guided, guidance, batchSize: n, resident } = options;
  const latent = latentAval(model, n);
  const kept = memoryShape(solver, latent.shape);
  const feeds = {
    ...model.conditioner.feeds(n),
    t: f32(n),
    tNext: f32(n),
    ...(solver.stochastic ? { eps: latent } : {}),
    ...(resident ? {} : { x: latent, ...(kept && { memory: f32(...kept) }) }),
  };
  const held = { ...(resident && { [resident]: latent, ...(kept && { [memoryName]: f32(...kept) }) }) };
  const state = { ...model.avals(), ...held };
  return trace<Record<string, Aval>, Record<string, Aval>>({ feeds, state }, (given) => {
    const read = (named: typeof given.feeds, name: string) => named[name] as (typeof named)[string];
    const x = resident ? read(given.state, resident) : read(given.feeds, "x");
    const c = model.condition(given.state, given.feeds); // [N,D]
    let call = 0;
    const v: Velocity = (at, t) => {
      const active = guided[call++] ? guidance : undefined;
      return guidedVelocity(model, given.state, { c, guidance: active })(at, t); // [N,C,H,W]
    };
    const eps = given.feeds.eps ?? broadcast(scalar(0), latent.shape);
    const before = kept && (resident ? read(given.state, memoryName) : read(given.feeds, "memory"));
    const times = { t: read(given.feeds, "t"), tNext: read(given.feeds, "tNext") };
    const { x: next, memory } = stepped(solver, v, { x, ...times, eps, memory: before });
    if (!resident) return { fetches: { x: next, ...(memory && { memory }) } };
    return { fetches: {}, nextState: { [resident]: next, ...(memory && { [memoryName]: memory }) } };
  });
}
