import {
  type Aval,
  broadcast,
  f32,
  type Graph,
  grad,
  mapNamed,
  type Named,
  prefixed,
  scalar,
  type Tensor,
  trace,
  where,
  withoutPrefix,
} from "@gmem/tensor";
import { ema } from "./ema.ts";
import { halfProducts } from "./half-products.ts";
import type { Learner } from "./learner.ts";
import { lossScaling, nextScaling } from "./loss-scaling.ts";
import { type AdamWConfig, adamw } from "./optimizer.ts";
import { groups, lossSum, type Precision, stateAvals, summedAvals, trainable } from "./train-state.ts";

export interface StepGraphOptions {
  readonly learner: Learner;
  readonly optimizer: AdamWConfig;
  /** Samples in one micro-batch. */
  readonly n: number;
  /** Micro-batches in one step. */
  readonly accumulate: number;
  /** Of matrix products, all else being float32. Default f32. */
  readonly precision?: Precision;
}

/** Scalars that a step reads beside its batch: names of feeds, kept apart from the batch by the slash. */
export const hostScalars = ["host/lr", "host/correction1", "host/correction2", "host/emaRate"] as const;

/**
 * The whole train step as one program: loss, gradients, clipping, AdamW and the average. Fetches `loss`, `gradNorm`,
 * `finite` (1 or 0) and `part/…`. With `accumulate` > 1 it is the last of the step's micro-batches and adds what
 * {@link accumulateGraph} has summed before it.
 */
export function stepGraph(options: StepGraphOptions): Graph {
  const { learner, n, accumulate, precision = "f32" } = options;
  const scalars = Object.fromEntries(hostScalars.map((name) => [name, f32()]));
  const feeds = { ...learner.feeds(n), ...scalars };
  const avals = stateAvals(learner, { accumulates: accumulate > 1, precision });
  const graph = trace({ feeds, state: avals }, ({ feeds, state }) => {
    const own = lossAndGradients(options, { feeds, state });
    const first =
      accumulate > 1 ? { grads: withoutPrefix(groups.sum, state), loss: state[lossSum] as Tensor } : undefined;
    const grads = mapNamed(own.grads, (g, name) => (first ? (first.grads[name] as Tensor).add(g) : g));
    const loss = first ? first.loss.add(own.loss) : own.loss; // []  mean over the full batch
    const { fetches, nextState } = updated(options, { feeds, state, grads, loss });
    return { fetches: { ...fetches, ...prefixed("part/", own.parts) }, nextState };
  });
  return precision === "f16" ? halfProducts(graph) : graph;
}

/** The step of gradients that are summed already, of all micro-batches: {@link stepGraph} without a batch of its own. */
export function updateGraph(options: Pick<StepGraphOptions, "learner" | "optimizer">): Graph {
  const feeds = Object.fromEntries(hostScalars.map((name) => [name, f32()]));
  return trace({ feeds, state: stateAvals(options.learner, { accumulates: true }) }, ({ feeds, state }) =>
    updated(options, { feeds, state, grads: withoutPrefix(groups.sum, state), loss: state[lossSum] as Tensor }),
  );
}

/** AdamW and the average, with what a step fetches; sums begin anew. */
function updated(
  { learner, optimizer }: Pick<StepGraphOptions, "learner" | "optimizer">,
  inputs: {
    readonly feeds: Named<Tensor>;
    readonly state: Named<Tensor>;
    readonly grads: Named<Tensor>;
    readonly loss: Tensor;
  },
): { readonly fetches: Named<Tensor>; readonly nextState: Named<Tensor> } {
  const { feeds, state, grads, loss } = inputs;
  const next = adamw(optimizer)({
    params: trainable(learner, withoutPrefix(groups.model, state)),
    grads,
    first: withoutPrefix(groups.first, state),
    second: withoutPrefix(groups.second, state),
    scalars: {
      lr: feeds["host/lr"] as Tensor,
      correction1: feeds["host/correction1"] as Tensor,
      correction2: feeds["host/correction2"] as Tensor,
    },
    guard: loss,
    ...scaleOf(state),
  });
  const rate = where(next.finite, feeds["host/emaRate"] as Tensor, scalar(0));
  return {
    fetches: { loss, gradNorm: next.norm, finite: where(next.finite, scalar(1), scalar(0)), ...scaleOf(state) },
    nextState: {
      ...prefixed(groups.model, next.params),
      ...prefixed(groups.first, next.first),
      ...prefixed(groups.second, next.second),
      ...prefixed(groups.ema, ema(withoutPrefix(groups.ema, state), { params: next.params, rate })),
      ...(lossScaling.scale in state ? nextScaling(state, next.finite) : {}),
      ...(lossSum in state ? { ...prefixed(groups.sum, mapNamed(grads, empty)), [lossSum]: scalar(0) } : {}),
    },
  };
}

/** All micro-batches of a step but the last: their gradients are added up on the device. Fetches `part/…`. */
export function accumulateGraph(options: StepGraphOptions): Graph {
  const { learner, n, precision = "f32" } = options;
  const scaling = precision === "f16" ? { [lossScaling.scale]: f32() } : {};
  const state: Named<Aval> = { ...prefixed(groups.model, learner.avals()), ...summedAvals(learner), ...scaling };
  const graph = trace({ feeds: learner.feeds(n), state }, ({ feeds, state }) => {
    const own = lossAndGradients(options, { feeds, state });
    const sums = mapNamed(withoutPrefix(groups.sum, state), (before, name) => before.add(own.grads[name] as Tensor));
    return {
      fetches: prefixed("part/", own.parts),
      nextState: { ...prefixed(groups.sum, sums), [lossSum]: (state[lossSum] as Tensor).add(own.loss) },
    };
  });
  return precision === "f16" ? halfProducts(graph) : graph;
}

/** Loss, its parts and gradients of one micro-batch, each as its share of the full batch's mean; gradients of the scaled loss. */
export function lossAndGradients(
  { learner, accumulate }: StepGraphOptions,
  inputs: { readonly feeds: Named<Tensor>; readonly state: Named<Tensor> },
): { readonly loss: Tensor; readonly parts: Named<Tensor>; readonly grads: Named<Tensor> } {
  const p = withoutPrefix(groups.model, inputs.state);
  const { loss, parts } = learner.loss(p, inputs.feeds);
  const share = (x: Tensor): Tensor => (accumulate > 1 ? x.mul(1 / accumulate) : x);
  const own = share(loss);
  const { lossScale } = scaleOf(inputs.state);
  return {
    loss: own,
    parts: mapNamed(parts, share),
    grads: grad(lossScale ? own.mul(lossScale) : own, trainable(learner, p)),
  };
}

/** What the loss is multiplied by, where it is. */
const scaleOf = (state: Named<Tensor>): { readonly lossScale?: Tensor } => {
  const scale = state[lossScaling.scale];
  return scale ? { lossScale: scale } : {};
};

const empty = (g: Tensor): Tensor => broadcast(scalar(0), g.shape);
