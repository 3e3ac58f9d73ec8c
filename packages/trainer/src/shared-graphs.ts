import { f32, type Graph, mapNamed, type Named, prefixed, type Tensor, trace, withoutPrefix } from "@gmem/tensor";
import { lossAndGradients, type StepGraphOptions } from "./step-graph.ts";
import { groups, lossSum, summedAvals, trainable } from "./train-state.ts";

/**
 * Loss, its parts and gradients of one micro-batch, for an engine that has parameters alone: fetches `loss`, `part/…` and
 * `grad/…`, each as its share of the full batch's mean.
 */
export function gradientGraph(options: StepGraphOptions): Graph {
  const { learner, n } = options;
  const state = prefixed(groups.model, learner.avals());
  return trace({ feeds: learner.feeds(n), state }, (inputs) => {
    const { loss, parts, grads } = lossAndGradients(options, inputs);
    return { fetches: { loss, ...prefixed("part/", parts), ...prefixed("grad/", grads) }, nextState: {} };
  });
}

/** Adds what {@link gradientGraph} has fetched to the sums of a step, as `accumulateGraph` adds its own. */
export function addGraph({ learner }: Pick<StepGraphOptions, "learner">): Graph {
  const moved = trainable(learner, learner.avals());
  const feeds = { loss: f32(), ...prefixed("grad/", moved) };
  return trace({ feeds, state: summedAvals(learner) }, ({ feeds, state }) => {
    const grads = withoutPrefix("grad/", feeds);
    const sums: Named<Tensor> = mapNamed(withoutPrefix(groups.sum, state), (before, name) =>
      before.add(grads[name] as Tensor),
    );
    return {
      fetches: {},
      nextState: { ...prefixed(groups.sum, sums), [lossSum]: (state[lossSum] as Tensor).add(feeds.loss as Tensor) },
    };
  });
}
