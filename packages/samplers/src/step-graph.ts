import type { Solver, Velocity, VelocityModel } from "@gmem/spec";
import { type Aval, broadcast, f32, type Graph, scalar, trace } from "@gmem/tensor";
import { type Guidance, guidedVelocity } from "./guidance.ts";

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
 * One solver step as a program: the conditioner's feeds, t and tNext [N], eps for stochastic solvers, x → x. Times are fed
 * a sample at a time, so requests at different times can share a run.
 */
export function stepGraph(model: VelocityModel, options: StepGraphOptions): Graph {
  const { solver, guided, guidance, batchSize: n, resident } = options;
  const latent = latentAval(model, n);
  const feeds = {
    ...model.conditioner.feeds(n),
    t: f32(n),
    tNext: f32(n),
    ...(solver.stochastic ? { eps: latent } : {}),
    ...(resident ? {} : { x: latent }),
  };
  const state = { ...model.avals(), ...(resident ? { [resident]: latent } : {}) };
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
    const next = solver.step(v, { x, t: read(given.feeds, "t"), tNext: read(given.feeds, "tNext"), eps });
    return resident ? { fetches: {}, nextState: { [resident]: next } } : { fetches: { x: next } };
  });
}
