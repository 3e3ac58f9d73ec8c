import { clamp, exp, slice, square, sum, type Tensor } from "@gmem/tensor";

/** A diagonal Gaussian over latents, each [N,C,h,w]. */
export interface Posterior {
  readonly mean: Tensor;
  /** log σ² in [−30,20]. */
  readonly logvar: Tensor;
}

/** Splits moments [N,2C,h,w] into mean and log-variance, the latter limited to [−30,20]. */
export function posterior(moments: Tensor): Posterior {
  const channels = (moments.shape[1] as number) / 2;
  return {
    mean: slice(moments, 1, [0, channels]), // [N,C,h,w]
    logvar: clamp(slice(moments, 1, [channels, 2 * channels]), -30, 20), // [N,C,h,w]
  };
}

/** mean + σ ξ for ξ ~ N(0, I). */
export const samplePosterior = ({ mean, logvar }: Posterior, noise: Tensor): Tensor =>
  mean.add(exp(logvar.mul(0.5)).mul(noise));

/** KL(q ‖ N(0, I)) = ½ Σ (mean² + σ² − 1 − log σ²) of each sample, [N]. */
export const klDivergence = ({ mean, logvar }: Posterior): Tensor =>
  sum(square(mean).add(exp(logvar)).sub(1).sub(logvar), { axes: [1, 2, 3] }).mul(0.5);
