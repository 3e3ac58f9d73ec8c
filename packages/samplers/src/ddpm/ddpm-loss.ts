import {
  cast,
  equal,
  exp,
  greater,
  less,
  log,
  maximum,
  meanPerSample,
  square,
  stopGradient,
  type Tensor,
  tanh,
  where,
} from "@gmem/tensor";
import { type Ddpm, tableAt } from "./ddpm.ts";
import { type Denoiser, type DenoiserOutput, type Gaussian, noised, posterior, predicted } from "./posterior.ts";

export interface DdpmLossOptions {
  /** [N,C,H,W]. */
  readonly x0: Tensor;
  readonly eps: Tensor;
  /** Steps of the process [N], int32. */
  readonly k: Tensor;
  /**
   * "mse" (default): squared error, plus the variational bound for the variance alone where that is learned;
   * "rescaled-mse": the bound × length/1000; "kl": the bound alone; "rescaled-kl": × length.
   */
  readonly kind?: "mse" | "rescaled-mse" | "kl" | "rescaled-kl";
}

/** Per sample [N]; `mse` and `vb` are the parts of `loss`. */
export interface DdpmLoss {
  readonly loss: Tensor;
  readonly mse?: Tensor;
  readonly vb?: Tensor;
}

/**
 * ‖ε̂ − ε‖² (or of x₀), with L_vlb whose mean is detached (Nichol & Dhariwal 2021, eq. 16; docs/formulas.md,
 * "DDPM losses").
 */
export function ddpmLoss(process: Ddpm, denoise: Denoiser, options: DdpmLossOptions): DdpmLoss {
  const { x0, eps, k, kind = "mse" } = options;
  const x = noised(process, x0, { k, eps }); // [N,C,H,W]
  const found = denoise(x, tableAt(process.original, k).reshape([k.shape[0] as number]));
  if (kind === "kl" || kind === "rescaled-kl") {
    const bound = variationalBound(process, found, { x0, x, k });
    return { loss: kind === "kl" ? bound : bound.mul(process.length) };
  }
  const target = process.prediction === "x0" ? x0 : eps;
  const mse = meanPerSample(square(found.output.sub(target))); // [N]
  if (process.variance !== "learned-range") return { loss: mse, mse };
  const frozen = { ...found, output: stopGradient(found.output) };
  const bound = variationalBound(process, frozen, { x0, x, k }); // [N]
  const vb = kind === "rescaled-mse" ? bound.mul(process.length / 1000) : bound;
  return { loss: mse.add(vb), mse, vb };
}

/** Bits a dimension [N]: KL(q(x_{k−1}|x_k,x₀) ‖ p), and at k = 0 the likelihood of 8-bit x₀. */
function variationalBound(
  process: Ddpm,
  found: DenoiserOutput,
  at: { readonly x0: Tensor; readonly x: Tensor; readonly k: Tensor },
): Tensor {
  const model = predicted(process, found, at);
  const bits = meanPerSample(kl(posterior(process, at.x0, at), model)).mul(1 / Math.LN2); // [N]
  const likelihood = meanPerSample(discretisedLogLikelihood(at.x0, model)).mul(-1 / Math.LN2); // [N]
  return where(equal(cast(at.k, "f32"), 0), likelihood, bits);
}

/** KL between Gaussians, element by element. */
function kl(a: Gaussian, b: Gaussian): Tensor {
  const spread = b.logVariance.sub(a.logVariance).add(exp(a.logVariance.sub(b.logVariance)));
  const shift = square(a.mean.sub(b.mean)).mul(exp(b.logVariance.mul(-1)));
  return spread.add(shift).sub(1).mul(0.5);
}

/** ln of the mass that a Gaussian puts on the bin of width 2/255 around x ∈ [−1, 1]; the outer bins are open. */
function discretisedLogLikelihood(x: Tensor, { mean: centre, logVariance }: Gaussian): Tensor {
  const centred = x.sub(centre);
  const inverse = exp(logVariance.mul(-0.5));
  const above = normalCdf(inverse.mul(centred.add(1 / 255)));
  const below = normalCdf(inverse.mul(centred.sub(1 / 255)));
  const safeLog = (y: Tensor): Tensor => log(maximum(y, 1e-12));
  const inner = where(greater(x, 0.999), safeLog(below.mul(-1).add(1)), safeLog(above.sub(below)));
  return where(less(x, -0.999), safeLog(above), inner);
}

/** The approximation of the original code: ½(1 + tanh(√(2/π)(x + 0.044715x³))). */
const normalCdf = (x: Tensor): Tensor =>
  tanh(x.add(x.mul(square(x)).mul(0.044715)).mul(Math.sqrt(2 / Math.PI)))
    .add(1)
    .mul(0.5);
