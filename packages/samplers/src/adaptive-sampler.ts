import type { VelocityModel } from "@gmem/spec";
import { array, type Engine, type Executable, f32, GMemError, type Graph, type NDArray, trace } from "@gmem/tensor";
import type { AdaptiveSolver } from "./dopri5.ts";
import { uniformGrid } from "./grid.ts";
import { type Guidance, guidedVelocity, isGuided } from "./guidance.ts";
import { type Drift, integrate } from "./integrate.ts";
import type { ScheduleOptions } from "./plan.ts";
import type { Place, Sampler, SamplerInput, SamplerStep } from "./sampler-contract.ts";
import { latentAval } from "./step-graph.ts";
import { timeRange } from "./time-range.ts";

interface AdaptiveOptions extends ScheduleOptions {
  readonly engine: Engine;
  readonly model: VelocityModel;
  readonly batchSize: number;
  readonly solver: AdaptiveSolver;
  readonly oneCall?: boolean;
}

/** A sampler whose solver chooses its steps; `steps` are the times at which x is given. */
export async function adaptiveSampler(options: AdaptiveOptions, place: Place): Promise<Sampler> {
  const { engine, model, batchSize: n, solver, guidance, grid = uniformGrid } = options;
  check(options);
  const times = grid(options.range ?? timeRange(model), options.steps);
  const kinds = guidance && guidance.scale !== 1 ? [false, true] : [false];
  const executables = new Map<boolean, Executable>();
  for (const guided of kinds) {
    const graph = velocityGraph(model, { n, guidance: guided ? guidance : undefined });
    executables.set(guided, await engine.compile(graph, { state: place.state }));
  }

  async function* steps({ noise, feeds, signal }: SamplerInput): AsyncGenerator<SamplerStep> {
    let forwards = 0;
    const drift: Drift = async (x, t) => {
      const guided = isGuided(guidance, t[0] as number);
      forwards += guided ? 2 : 1;
      const own = { ...feeds, x: array(Float32Array.from(x), noise.shape), t: array(Float32Array.from(t)) };
      const result = await (executables.get(guided) as Executable).run(own, signal ? { signal } : {});
      return (result.v as NDArray<"f32">).data;
    };
    const x0 = Float64Array.from(noise.data);
    for await (const { index, t, x, nfe } of integrate(drift, { solver, x: x0, samples: n, times })) {
      const latents = array(Float32Array.from(x), noise.shape);
      yield { index, t, nfe, forwards, x: async () => latents };
    }
  }

  return {
    batchSize: n,
    steps,
    async run(input) {
      let last: SamplerStep | undefined;
      for await (const step of steps(input)) last = step;
      return { latents: (await last?.x()) ?? input.noise, nfe: last?.nfe ?? 0, forwards: last?.forwards ?? 0 };
    },
    async dispose() {
      for (const executable of executables.values()) await executable.dispose();
      await place.dispose();
    },
  };
}

function check({ solver, guidance, lastStep, lastStepSize, oneCall, strength = 1 }: AdaptiveOptions): void {
  const refuse = (rule: string): never => {
    throw new GMemError("CONFIG", `sampler: ${rule}, got "${solver.name}"`);
  };
  if (lastStep !== undefined || lastStepSize !== undefined) refuse("only stochastic solvers have a last step");
  if (oneCall) refuse("oneCall needs a solver with fixed steps");
  if (strength !== 1) refuse("strength needs a solver with fixed steps");
  const partial = guidance && (guidance.interval[0] > 0 || guidance.interval[1] < 1);
  if (partial && solver.norm === "sample") refuse('a guidance interval needs one time for all samples, norm "batch"');
}

/** v(x, t) of a batch: x [N,C,H,W], t [N] and the conditioner's feeds → v [N,C,H,W]. */
function velocityGraph(
  model: VelocityModel,
  options: { readonly n: number; readonly guidance: Guidance | undefined },
): Graph {
  const { n, guidance } = options;
  const inputs = { x: latentAval(model, n), t: f32(n) };
  return trace({ feeds: { ...model.conditioner.feeds(n), ...inputs }, state: model.avals() }, ({ feeds, state }) => {
    const c = model.condition(state, feeds); // [N,D]
    return { fetches: { v: guidedVelocity(model, state, { c, guidance })(feeds.x, feeds.t) } };
  });
}
