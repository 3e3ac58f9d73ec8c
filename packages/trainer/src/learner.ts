import type { Batch, LatentShape, Objective, Params, VelocityModel } from "@gmem/spec";
import type { Aval, Named, NDArray, Rng, Tensor } from "@gmem/tensor";
import type { Json } from "./checkpoint.ts";

/** What a trainer trains: parameters, what a batch brings to the device, and a loss. Shapes are static, as in every graph. */
export interface Learner {
  /** [C,H,W] of the rows of data that it takes. */
  readonly latent: LatentShape;
  /** What a step computes depends on, but for parameters and what the trainer's options say: checkpoints keep it. */
  readonly identity: Readonly<Record<string, Json>>;
  init(rng: Rng): Params<NDArray>;
  /** Descriptions of the parameters without drawing them. */
  avals(): Named<Aval>;
  /** Parameters that the optimizer leaves alone. */
  readonly frozen: readonly string[];
  /** What a batch of n brings to the device. */
  feeds(n: number): Named<Aval>;
  /** Draws those feeds; sample i uses `rng.split(…).split(i)` alone. @throws {GMemError} code `DATA` if the batch lacks something. */
  draw(batch: Batch, rng: Rng): Promise<Named<NDArray>>;
  /** Mean loss of the batch [], and its parts by name []. */
  loss(p: Params, feeds: Named<Tensor>): { readonly loss: Tensor; readonly parts: Named<Tensor> };
}

/**
 * A diffusion model that learns by an objective: what `train` makes of its options.
 * @example
 * // no-run
 * declare const parts: Parameters<typeof velocityLearner>[0];
 * const graph = stepGraph({ learner: velocityLearner(parts), optimizer: adamwDefaults, n: 16, accumulate: 1 });
 */
export function velocityLearner({
  model,
  objective,
}: {
  readonly model: VelocityModel;
  readonly objective: Objective;
}): Learner {
  const { backbone, conditioner, interpolant, prediction, frozen } = model;
  const identity = {
    backbone: { name: backbone.name, ...backbone.config },
    conditioner: { name: conditioner.name, snippetDim: conditioner.snippetDim, output: conditioner.output },
    interpolant: interpolant.name,
    prediction,
    objective: objective.options,
  };
  return {
    latent: backbone.latent,
    identity: JSON.parse(JSON.stringify(identity)) as Learner["identity"], // functions and absent values drop out
    init: (rng) => model.init(rng),
    avals: () => model.avals(),
    frozen,
    feeds: (n) => ({ ...objective.feeds(model, n), ...conditioner.feeds(n) }),
    draw: async (batch, rng) => ({
      ...(await objective.draw(model, batch, rng.split("objective"))),
      ...(await conditioner.batch(batch, rng.split("conditioner"))),
    }),
    loss: (p, feeds) => objective.loss(model, p, feeds),
  };
}
