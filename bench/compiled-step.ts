import { objective } from "@gmem/model";
import { array, type Engine, flops, key } from "@gmem/tensor";
import { adamwDefaults, adamwScalars, initialState, stepGraph, velocityLearner } from "@gmem/trainer";
import { network, type Size } from "./network.ts";

/** A train step of a network of that size, on one batch that it is given again and again. */
export interface CompiledStep {
  /** Floating-point operations. */
  readonly work: number;
  /** Makes step t = 1, 2, …. */
  run(t: number): Promise<unknown>;
}

export async function compiledStep(engine: Engine, size: Size): Promise<CompiledStep> {
  const model = network(size);
  const learner = velocityLearner({ model, objective: objective({}) });
  const start = initialState(model, model.init(key(0)), { accumulates: false });
  const state = await engine.state(start, { transfer: true }); // as the trainer does
  const graph = stepGraph({ learner, optimizer: adamwDefaults, n: size.batch, accumulate: 1 });
  const step = await engine.compile(graph, { state });
  const index = Int32Array.from({ length: size.batch }, (_, i) => i);
  const latents = key(1).normal([size.batch, size.channels, size.side, size.side]);
  const drawn = await learner.draw({ index, latents, snippets: key(2).normal([size.batch, 768]) }, key(3));
  return {
    work: flops(graph),
    run(t) {
      const { lr, correction1, correction2 } = adamwScalars(adamwDefaults, { t, lr: adamwDefaults.lr });
      const scalars = { "host/lr": lr, "host/correction1": correction1, "host/correction2": correction2 };
      return step.run({ ...drawn, ...scalars, "host/emaRate": array([1e-4], []) });
    },
  };
}
