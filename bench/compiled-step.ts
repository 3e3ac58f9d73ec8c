import { objective } from "@gmem/model";
import { array, type Engine, flops, type Graph, key, mapNamed, type NDArray, stack } from "@gmem/tensor";
import { adamwDefaults, adamwScalars, initialState, type Precision, stepGraph, velocityLearner } from "@gmem/trainer";
import { type Beginning, network, type Size } from "./network.ts";

/** A train step of a network of that size, on one batch that it is given again and again. */
export interface CompiledStep {
  readonly graph: Graph;
  /** Floating-point operations. */
  readonly work: number;
  /** Makes step t = 1, 2, …, and those after it that one call makes. */
  run(t: number): Promise<unknown>;
  dispose(): Promise<void>;
}

interface StepsOptions {
  /** To a call. Default 1. */
  readonly steps?: number;
  readonly precision?: Precision;
  readonly adaLNInit?: Beginning;
}

export async function compiledStep(
  engine: Engine,
  size: Size,
  { steps = 1, precision = "f32", adaLNInit }: StepsOptions = {},
): Promise<CompiledStep> {
  const model = network(size, adaLNInit);
  const learner = velocityLearner({ model, objective: objective({}) });
  const start = initialState(model, model.init(key(0)), { accumulates: false, precision });
  const state = await engine.state(start, { transfer: true }); // as the trainer does
  const graph = stepGraph({ learner, optimizer: adamwDefaults, n: size.batch, accumulate: 1, precision });
  const loop = steps > 1 ? { loop: { steps, perStep: Object.keys(graph.feeds) } } : {};
  const step = await engine.compile(graph, { state, ...loop });
  const index = Int32Array.from({ length: size.batch }, (_, i) => i);
  const latents = key(1).normal([size.batch, size.channels, size.side, size.side]);
  const drawn = await learner.draw({ index, latents, snippets: key(2).normal([size.batch, 768]) }, key(3));
  const feedsAt = (t: number): Record<string, NDArray> => {
    const { lr, correction1, correction2 } = adamwScalars(adamwDefaults, { t, lr: adamwDefaults.lr });
    const scalars = { "host/lr": lr, "host/correction1": correction1, "host/correction2": correction2 };
    return { ...drawn, ...scalars, "host/emaRate": array([1e-4], []) };
  };
  return {
    graph,
    work: flops(graph),
    run(t) {
      const [first, ...more] = Array.from({ length: steps }, (_, k) => feedsAt(t + k));
      const stacked = mapNamed(first as Record<string, NDArray>, (value, name) =>
        stack([value, ...more.map((feeds) => feeds[name] as NDArray)]),
      );
      return step.run(steps > 1 ? stacked : (first as Record<string, NDArray>));
    },
    async dispose() {
      await step.dispose();
      await state.dispose();
    },
  };
}
