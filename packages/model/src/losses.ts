import type { Interpolant } from "@gmem/spec";
import {
  GMemError,
  maximum,
  mean,
  meanPerSample,
  neg,
  perSample,
  sqrt,
  square,
  sum,
  sumSquare,
  type Tensor,
} from "@gmem/tensor";

/** What a loss compares. */
export type LossKind = "velocity" | "score" | "noise";
/** Factor on score and noise losses: 1, (g/σ)² as if the velocity were compared, or g/σ² (maximum likelihood). */
export type LossWeight = "none" | "velocity" | "likelihood";

export interface PredictionLossOptions {
  readonly loss: LossKind;
  readonly weight?: LossWeight;
  readonly interpolant: Interpolant;
  readonly x0: Tensor;
  readonly eps: Tensor;
  /** [N]. */
  readonly t: Tensor;
}

/**
 * Mean over C, H, W of the squared error of a prediction [N,C,H,W], one value a sample [N]:
 * velocity ‖v − (α̇x₀ + σ̇ε)‖², noise w‖ε̂ − ε‖², score w‖σŝ + ε‖² (eq. 1; docs/formulas.md, "Losses").
 * @throws {GMemError} code `CONFIG` for a weighted velocity loss.
 */
export function predictionLoss(prediction: Tensor, options: PredictionLossOptions): Tensor {
  const { loss, weight = "none", interpolant, x0, eps, t } = options;
  const { alpha, sigma, dAlpha, dSigma } = interpolant.at(perSample(t, prediction.rank)); // 4 × [N,1,1,1]
  if (loss === "velocity") {
    if (weight !== "none")
      throw new GMemError("CONFIG", `predictionLoss: the velocity loss takes no weight, got "${weight}"; leave it out`);
    return meanPerSample(square(prediction.sub(dAlpha.mul(x0).add(dSigma.mul(eps)))));
  }
  const error = loss === "noise" ? prediction.sub(eps) : prediction.mul(sigma).add(eps); // [N,C,H,W]
  if (weight === "none") return meanPerSample(square(error));
  const drift = dSigma.sub(sigma.mul(dAlpha).div(alpha)); // g/σ  [N,1,1,1]
  return meanPerSample(square(error).mul(weight === "velocity" ? square(drift) : drift.div(sigma)));
}

/**
 * 1 − cosine over channels, mean over pixels: velocities [N,C,H,W] → [N] (LightningDiT; ε = 1e-8 on the product of
 * norms). Only the direction counts, so the sign convention of time does not.
 */
export function cosineLoss(velocity: Tensor, target: Tensor): Tensor {
  const dot = sum(velocity.mul(target), { axes: [1] }); // [N,H,W]
  const norms = sumSquare(velocity, { axes: [1] }).mul(sumSquare(target, { axes: [1] }));
  // √max(a²b², ε²) = max(ab, ε), without the infinite slope of √ at 0
  return meanPerSample(neg(dot.div(sqrt(maximum(norms, 1e-16)))).add(1));
}

/**
 * −cosine of projected tokens and encoder features, mean over tokens: [N,T,d] → [N] (REPA; both ℓ2-normalised with
 * ε = 1e-12). Both repositories weigh it by 0.5.
 */
export function repaLoss(projected: Tensor, target: Tensor): Tensor {
  const unit = (x: Tensor): Tensor => x.div(sqrt(maximum(sumSquare(x, { axes: [-1], keepDims: true }), 1e-24)));
  return neg(mean(sum(unit(projected).mul(unit(target)), { axes: [-1] }), { axes: [1] }));
}
