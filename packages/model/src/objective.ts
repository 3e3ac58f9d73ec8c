import type { Objective, VelocityModel } from "@gmem/spec";
import {
  array,
  checkOptions,
  concatRows,
  f32,
  GMemError,
  GraphError,
  greater,
  mapNamed,
  mean,
  type Named,
  type NDArray,
  type OptionTable,
  perSample,
  type Tensor,
  where,
} from "@gmem/tensor";
import { latentsOf } from "./latents-of.ts";
import { cosineLoss, type LossKind, type LossWeight, predictionLoss } from "./losses.ts";
import { repaAlignment, targetFeeds, targetsOf } from "./repa-targets.ts";
import type { SnippetMask } from "./snippet-mask.ts";
import { type TimeLaw, trainingRange, uniformTime } from "./time-law.ts";

export interface ObjectiveOptions {
  /** What is compared; the model's output is converted to it. Default velocity. */
  readonly loss?: LossKind;
  /** Default none. */
  readonly weight?: LossWeight;
  /** Coefficient of the cosine term between velocities; 0 (default) leaves it out, 1 is LightningDiT's. */
  readonly cosine?: number;
  /**
   * Coefficient of the REPA term between projected tokens and `batch.targets`, the mean over all encoders; 0 (default) leaves
   * it out, 0.5 is that of both codes. The model needs projectors.
   */
  readonly repa?: number;
  /** Masks snippets in training; none by default. Embeddings are never masked. */
  readonly mask?: SnippetMask;
  /** Default uniform. */
  readonly time?: TimeLaw;
  /** Chance that a sample trains the null condition, which guidance needs; 0 by default, 0.1 is usual. */
  readonly nullProbability?: number;
}

const table: OptionTable<ObjectiveOptions> = {
  loss: "optional",
  weight: "optional",
  cosine: "optional",
  repa: "optional",
  mask: "optional",
  time: "optional",
  nullProbability: "optional",
};

/**
 * The training objective of eq. 1: x_t = α_t x₀ + σ_t ε, and the squared error of the model at (x_t, t, c), plus a cosine
 * and a REPA term if asked: LightningDiT with GMem adds both (`cosine: 1, repa: 0.5`), SiT REPA's alone. Its feeds are x0,
 * eps [N,C,H,W], t [N], and what mask, null condition and REPA (`targets.0` [N,T,width] …) need.
 * @throws {GMemError} code `CONFIG` for a probability outside [0, 1], a negative coefficient, REPA on a model without
 * projectors, or a mask after the S-Adapter on a model that reads context tokens.
 * @example
 * // no-run
 * import type { Batch, VelocityModel } from "@gmem/spec";
 * declare const [model, batch, rng]: [VelocityModel, Batch, Rng];
 * const velocity = objective({ mask: snippetMask({ p: 0.1 }), time: logitNormalTime(), cosine: 1 });
 * const feeds = { ...velocity.draw(model, batch, rng), ...(await model.conditioner.batch(batch, rng)) };
 */
export function objective(options: ObjectiveOptions = {}): Objective {
  checkOptions("objective", options, table);
  const { loss: kind = "velocity", weight = "none", cosine = 0, repa = 0 } = options;
  const { time = uniformTime(), nullProbability = 0 } = options;
  if (!(nullProbability >= 0 && nullProbability <= 1))
    throw new GMemError("CONFIG", `objective: nullProbability must be in [0, 1], got ${nullProbability}`);
  for (const [name, coefficient] of Object.entries({ cosine, repa }))
    if (!(coefficient >= 0 && Number.isFinite(coefficient)))
      throw new GMemError("CONFIG", `objective: the ${name} coefficient must not be negative, got ${coefficient}`);
  if (kind === "velocity" && weight !== "none")
    throw new GMemError("CONFIG", `objective: the velocity loss takes no weight, got "${weight}"; leave it out`);
  const masking = (model: VelocityModel): { mask: SnippetMask; width: number } | undefined => {
    const { mask } = options;
    if (!mask || model.conditioner.output === "embedding") return undefined;
    if (mask.place === "after" && "contextDim" in model.backbone)
      throw new GMemError(
        "CONFIG",
        `objective: a mask after the S-Adapter leaves what "${model.backbone.name}" reads of a snippet as it is, got place "after"; use "before"`,
      );
    return { mask, width: mask.place === "before" ? model.conditioner.snippetDim : model.backbone.hiddenSize };
  };

  return {
    options: { ...options },
    feeds(model, n) {
      const x = f32(n, ...model.backbone.latent);
      const masked = masking(model);
      return {
        x0: x,
        eps: x,
        t: f32(n),
        ...masked?.mask.feeds(n, masked.width),
        ...(nullProbability > 0 ? { keep: f32(n, 1) } : {}),
        ...(repa > 0 ? targetFeeds(model, n) : {}),
      };
    },
    draw(model, batch, rng) {
      const [low, high] = trainingRange(model.interpolant, model.prediction);
      const latents = latentsOf(batch, "objective");
      const [n = 0, ...latent] = latents.shape;
      const masked = masking(model);
      const samples = Array.from({ length: n }, (_, i): Named<NDArray> => {
        const own = rng.split(i);
        const [u = 0] = time.draw(own.split("time"), 1);
        const uniform = own.split("null").uniform([1]).data[0] as number;
        return {
          eps: own.split("noise").normal([1, ...latent]),
          t: array([low + (high - low) * u]),
          ...masked?.mask.draw(own.split("mask"), masked.width),
          ...(nullProbability > 0 ? { keep: array([uniform < nullProbability ? 0 : 1], [1, 1]) } : {}),
        };
      });
      const aligned = repa > 0 ? targetsOf(model, batch, n) : {};
      return { x0: latents, ...stack(samples), ...aligned };
    },
    loss(model, p, feeds) {
      const [x0, eps, t] = [feed(feeds, "x0"), feed(feeds, "eps"), feed(feeds, "t")];
      const { interpolant } = model;
      const { alpha, sigma, dAlpha, dSigma } = interpolant.at(perSample(t, x0.rank)); // 4 × [N,1,1,1]
      const x = alpha.mul(x0).add(sigma.mul(eps)); // [N,C,H,W]
      const given = model.condition(p, feeds, feeds); // [N,D]
      const n = x0.shape[0] as number;
      const c = feeds.keep ? where(greater(feeds.keep, 0.5), given, model.nullCondition(p, n)) : given; // [N,D]
      const { velocity, output, tap } = model.velocity(p, x, t, c);
      const prediction = interpolant.convert(output, { from: model.prediction, to: kind, x, t });
      const main = predictionLoss(prediction, { loss: kind, weight, interpolant, x0, eps, t }); // [N]
      const parts: Record<string, Tensor> = { [kind]: main };
      let total = main; // [N]
      if (cosine > 0) {
        parts.cosine = cosineLoss(velocity, dAlpha.mul(x0).add(dSigma.mul(eps))); // [N]
        total = total.add(parts.cosine.mul(cosine));
      }
      if (repa > 0) {
        parts.repa = repaAlignment(model, p, { tap, feeds }); // [N]
        total = total.add(parts.repa.mul(repa));
      }
      const means = mapNamed(parts, (part) => mean(part));
      return { loss: mean(total), parts: means, perSample: total };
    },
  };
}

function feed(feeds: Named<Tensor>, name: string): Tensor {
  const found = feeds[name];
  if (!found) throw new GraphError("objective", `feeds must hold "${name}"`, `only ${Object.keys(feeds).join(", ")}`);
  return found;
}

/** Joins the draws of all samples, name by name. */
function stack(samples: readonly Named<NDArray>[]): Named<NDArray> {
  const names = Object.keys(samples[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, concatRows(samples.map((sample) => sample[name] as NDArray))]));
}
