import type { Solver, VelocityModel } from "@gmem/spec";
import {
  type DeviceState,
  type Engine,
  type Executable,
  full,
  GMemError,
  type Named,
  type NDArray,
  type RunOptions,
  stack,
  stopIfAborted,
  zeros,
} from "@gmem/tensor";
import { memoryName, memoryShape } from "./memory.ts";
import { cost, type PlannedStep, plan, type ScheduleOptions } from "./plan.ts";
import type { Place, Sampler, SamplerInput, SamplerResult, SamplerStep } from "./sampler-contract.ts";
import { stepGraph } from "./step-graph.ts";

interface FixedOptions extends ScheduleOptions {
  readonly engine: Engine;
  readonly model: VelocityModel;
  readonly batchSize: number;
  readonly solver: Solver;
  readonly oneCall: boolean;
}

/** Consecutive steps that one executable takes; of length 1 unless steps are joined into one call. */
interface Segment {
  readonly first: number;
  readonly steps: readonly PlannedStep[];
  readonly key: string;
}

/** A sampler over a grid that is known beforehand. */
export async function fixedSampler(options: FixedOptions, place: Place): Promise<Sampler> {
  const { batchSize, oneCall } = options;
  const planned = plan(options.solver, options.model, options);
  const segments = split(planned, oneCall);
  const executables = await compileAll(segments, options, place);
  const hold = exclusive(place.resident !== undefined);

  async function* steps(input: SamplerInput): AsyncGenerator<SamplerStep> {
    if (input.keep && oneCall)
      throw new GMemError(
        "CONFIG",
        "sampler: a part is kept after each step, got steps in one call; leave oneCall out",
      );
    const release = hold();
    try {
      let x = input.noise;
      const kept = memoryShape(options.solver, x.shape);
      let memory = kept && zeros(kept);
      if (place.resident) await place.state.write({ [place.resident]: x, ...(memory && { [memoryName]: memory }) });
      const done: PlannedStep[] = [];
      for (const segment of segments) {
        stopIfAborted(input.signal, `sampler: stopped by its signal after ${done.length} steps`);
        const executable = executables.get(segment.key) as Executable;
        const own = { ...input.feeds, ...times(segment, batchSize, oneCall), ...noiseOf(segment, input, oneCall) };
        const carried = { x, ...(memory && executable.graph.feeds.memory && { memory }) };
        const result = await executable.run(place.resident ? own : { ...own, ...carried }, signalOf(input));
        if (!place.resident) x = result.x as NDArray<"f32">;
        if (result.memory) memory = result.memory as NDArray<"f32">;
        done.push(...segment.steps);
        const t = (segment.steps.at(-1) as PlannedStep).tNext;
        if (input.keep) {
          const own = place.resident ? await readLatent(place.state, place.resident) : x;
          x = input.keep(own, { t, isLast: done.length === planned.length });
          if (place.resident) await place.state.write({ [place.resident]: x });
        }
        const arrived = x;
        yield {
          index: done.length,
          t,
          ...cost(done),
          x: async () => (place.resident ? await readLatent(place.state, place.resident) : arrived),
        };
      }
    } finally {
      release();
    }
  }

  return {
    batchSize,
    layout: { t: planned[0]?.t, steps: planned.length, strength: options.strength ?? 1 },
    steps,
    async run(input) {
      let last: SamplerStep | undefined;
      let latents = input.noise;
      for await (const step of steps(input)) {
        last = step;
        if (step.index === planned.length) latents = await step.x();
      }
      return { latents, nfe: last?.nfe ?? 0, forwards: last?.forwards ?? 0 } satisfies SamplerResult;
    },
    async dispose() {
      for (const executable of executables.values()) await executable.dispose();
      await place.dispose();
    },
  };
}

const signalOf = ({ signal }: SamplerInput): RunOptions => (signal ? { signal } : {});

/** Reads x from a state. */
export async function readLatent(state: DeviceState, name: string): Promise<NDArray<"f32">> {
  return (await state.read([name]))[name] as NDArray<"f32">;
}

/** Guards a state that holds one x: a second run while one is under way is refused. */
export function exclusive(needed: boolean): () => () => void {
  let busy = false;
  return () => {
    if (busy)
      throw new GMemError(
        "CONFIG",
        "sampler: one run at a time, got a second one; make another sampler, or pass a state without x",
      );
    busy = needed;
    return () => {
      busy = false;
    };
  };
}

const kindOf = ({ solver, guided }: PlannedStep): string => `${solver.name} ${guided.map(Number).join("")}`;

function split(steps: readonly PlannedStep[], joined: boolean): readonly Segment[] {
  const segments: { first: number; steps: PlannedStep[]; key: string }[] = [];
  steps.forEach((step, i) => {
    const last = segments.at(-1);
    if (joined && last?.key === kindOf(step)) last.steps.push(step);
    else segments.push({ first: i, steps: [step], key: kindOf(step) });
  });
  return joined
    ? segments.map((segment) => ({ ...segment, key: `${segment.key} × ${segment.steps.length}` }))
    : segments;
}

async function compileAll(
  segments: readonly Segment[],
  options: FixedOptions,
  place: Place,
): Promise<Map<string, Executable>> {
  const { engine, model, batchSize, guidance, oneCall } = options;
  const executables = new Map<string, Executable>();
  for (const { key, steps } of segments) {
    if (executables.has(key)) continue;
    const { solver, guided } = steps[0] as PlannedStep;
    const graph = stepGraph(model, { solver, guided, guidance, batchSize, resident: place.resident });
    const perStep = ["t", "tNext", ...(solver.stochastic ? ["eps"] : [])];
    const loop = oneCall ? { loop: { steps: steps.length, perStep } } : {};
    executables.set(key, await engine.compile(graph, { state: place.state, ...loop }));
  }
  return executables;
}

/** t and tNext [N], or [steps,N] for a joined call. */
function times({ steps }: Segment, n: number, joined: boolean): Named<NDArray> {
  const rows = (pick: (step: PlannedStep) => number): NDArray =>
    joined ? stack(steps.map((step) => full([n], pick(step)))) : full([n], pick(steps[0] as PlannedStep));
  return { t: rows((step) => step.t), tNext: rows((step) => step.tNext) };
}

/** eps [N,C,H,W], or [steps,N,C,H,W], for steps that use it. */
function noiseOf({ first, steps }: Segment, input: SamplerInput, joined: boolean): Named<NDArray> {
  if (!steps[0]?.solver.stochastic) return {};
  const { stepNoise } = input;
  if (!stepNoise)
    throw new GMemError(
      "CONFIG",
      `sampler: "${steps[0].solver.name}" adds noise in each step, got no stepNoise; pass it with the noise`,
    );
  if (!joined) return { eps: stepNoise(first) };
  return { eps: stack(steps.map((_, i) => stepNoise(first + i))) };
}
