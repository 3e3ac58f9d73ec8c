import type { Params } from "@gmem/spec";
import {
  type Aval,
  f32,
  GMemError,
  mapNamed,
  type Named,
  type NDArray,
  prefixed,
  sameShape,
  zeros,
} from "@gmem/tensor";
import type { Learner } from "./learner.ts";
import { initialScaling, scalingAvals } from "./loss-scaling.ts";

/** What is asked of a learner, or of a model. */
type Parameters = Pick<Learner, "avals" | "frozen">;

/**
 * The groups of tensors that training keeps on the device: raw parameters, their average, the two moments and, when
 * gradients are accumulated, their sum; in half precision what the loss is multiplied by. A tensor is named `group/parameter`. `model/` and `ema/` hold the frozen tables
 * too, so that either scope is a complete set of parameters for sampling.
 */
export const groups = {
  model: "model/",
  ema: "ema/",
  first: "exp_avg/",
  second: "exp_avg_sq/",
  sum: "grad_sum/",
  scaling: "loss_scaling/",
} as const;

export interface StateOptions {
  /** Whether gradients are summed over micro-batches. */
  readonly accumulates: boolean;
  /** Of matrix products; the loss is scaled for half precision. Default f32. */
  readonly precision?: Precision;
}

/** What matrix products are computed in. */
export type Precision = "f32" | "f16";

/** Loss summed over the micro-batches so far, []; it has no slash, so no parameter can be called the same. */
export const lossSum = "loss_sum";

/** The parameters that the optimizer moves. */
export function trainable<T>(model: Pick<Parameters, "frozen">, named: Named<T>): Named<T> {
  const frozen = new Set(model.frozen);
  return Object.fromEntries(Object.entries(named).filter(([name]) => !frozen.has(name)));
}

/** Shapes of everything a train step reads and writes. */
export function stateAvals(model: Parameters, options: StateOptions): Named<Aval> {
  const all = model.avals();
  const moved = trainable(model, all);
  return {
    ...prefixed(groups.model, all),
    ...prefixed(groups.ema, moved),
    ...prefixed(groups.first, moved),
    ...prefixed(groups.second, moved),
    ...(options.accumulates ? summedAvals(model) : {}),
    ...(options.precision === "f16" ? scalingAvals() : {}),
  };
}

/** Of them, the sums over micro-batches. */
export const summedAvals = (model: Parameters): Named<Aval> => ({
  ...prefixed(groups.sum, trainable(model, model.avals())),
  [lossSum]: f32(),
});

/**
 * The state before the first step: the average is the parameters themselves, moments and sums are zero. Nothing is copied: an engine
 * gives every name memory of its own.
 * @throws {GMemError} code `WEIGHTS` if a parameter is missing, has another shape, or is not the model's.
 */
export function initialState(model: Parameters, parameters: Params<NDArray>, options: StateOptions): Named<NDArray> {
  checkParameters(model, parameters);
  const moved = trainable(model, parameters);
  const blank = (): Named<NDArray> => mapNamed(moved, ({ shape }) => zeros(shape));
  return {
    ...prefixed(groups.model, parameters),
    ...prefixed(groups.ema, parameters),
    ...prefixed(groups.first, blank()),
    ...prefixed(groups.second, blank()),
    ...accumulators(model, options),
    ...(options.precision === "f16" ? initialScaling() : {}),
  };
}

/** Empty sums, which checkpoints leave out: they are zero between steps. */
export function accumulators(model: Parameters, options: { readonly accumulates: boolean }): Named<NDArray> {
  if (!options.accumulates) return {};
  const sums = Object.entries(trainable(model, model.avals())).map(([name, { shape }]) => [
    groups.sum + name,
    zeros(shape),
  ]);
  return { ...Object.fromEntries(sums), [lossSum]: zeros([]) };
}

function checkParameters(model: Parameters, parameters: Params<NDArray>): void {
  const expected = model.avals();
  for (const [name, { shape }] of Object.entries(expected)) {
    const found = parameters[name];
    if (!found)
      throw new GMemError("WEIGHTS", `train: parameters must hold "${name}" [${shape}], got none of that name`);
    if (!sameShape(found.shape, shape))
      throw new GMemError("WEIGHTS", `train: parameter "${name}" must be [${shape}], got [${found.shape}]`);
  }
  const stray = Object.keys(parameters).find((name) => !(name in expected));
  if (stray !== undefined)
    throw new GMemError("WEIGHTS", `train: parameters must be the model's, got "${stray}" that it does not know`);
}
