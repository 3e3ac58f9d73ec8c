import { cast, exp, greater, type Tensor, where } from "@gmem/tensor";
import { type Ddpm, tableAt } from "./ddpm.ts";
import { type Denoiser, predicted } from "./posterior.ts";

/** One step of a discrete process, traced and pure. */
export interface DdpmMethod {
  readonly name: string;
  /** Whether it uses eps. */
  readonly stochastic: boolean;
  /** x [N,C,H,W] at steps k [N] (int32) → x at k − 1, and x̂₀; eps ~ N(0,I) like x, unused at step 0. */
  step(
    process: Ddpm,
    denoise: Denoiser,
    at: { readonly x: Tensor; readonly k: Tensor; readonly eps: Tensor },
  ): { readonly x: Tensor; readonly x0: Tensor };
}

const originalStep = (process: Ddpm, k: Tensor): Tensor => tableAt(process.original, k).reshape([k.shape[0] as number]);

/** y where k > 0, nothing at the last step. */
const unlessLast = (y: Tensor, k: Tensor): Tensor =>
  where(greater(cast(k, "f32").reshape([k.shape[0] as number, 1, 1, 1]), 0), y, y.mul(0));

/**
 * Ancestral sampling: x' = μ_θ(x, k) + √Σ_θ ξ (Ho et al. 2020, algorithm 2). `clip` holds x̂₀ in [−1, 1]: for pixels, not
 * for latents.
 * @example
 * const method = ancestral();
 */
export const ancestral = ({ clip = false }: { readonly clip?: boolean } = {}): DdpmMethod => ({
  name: "ancestral",
  stochastic: true,
  step(process, denoise, { x, k, eps }) {
    const { mean, logVariance, x0 } = predicted(process, denoise(x, originalStep(process, k)), { x, k, clip });
    const noise = exp(logVariance.mul(0.5)).mul(eps); // [N,C,H,W]
    return { x: mean.add(unlessLast(noise, k)), x0 };
  },
});

/**
 * DDIM (Song et al. 2021, eq. 12): x' = √ᾱ_prev x̂₀ + √(1 − ᾱ_prev − σ²) ε̂ + σξ, σ = η√((1−ᾱ_prev)/(1−ᾱ))√(1−ᾱ/ᾱ_prev);
 * without noise for η = 0, the default.
 * @example
 * const method = ddim({ eta: 0.6 });
 */
export const ddim = ({
  eta = 0,
  clip = false,
}: {
  readonly eta?: number;
  readonly clip?: boolean;
} = {}): DdpmMethod => ({
  name: "ddim",
  stochastic: eta !== 0,
  step(process, denoise, { x, k, eps }) {
    const { alphaBar, alphaBarBefore } = process;
    const before = (i: number): number => alphaBarBefore[i] as number;
    const sigma = alphaBar.map((a, i) => eta * Math.sqrt((1 - before(i)) / (1 - a)) * Math.sqrt(1 - a / before(i)));
    const { x0 } = predicted(process, denoise(x, originalStep(process, k)), { x, k, clip });
    const scaled = x.mul(
      tableAt(
        alphaBar.map((a) => Math.sqrt(1 / a)),
        k,
      ),
    ); // x/√ᾱ
    const epsilon = scaled.sub(x0).div(
      tableAt(
        alphaBar.map((a) => Math.sqrt(1 / a - 1)),
        k,
      ),
    ); // ε̂ of the clipped x̂₀
    const direction = alphaBarBefore.map((a, i) => Math.sqrt(1 - a - (sigma[i] as number) ** 2));
    const mean = x0.mul(tableAt(alphaBarBefore.map(Math.sqrt), k)).add(epsilon.mul(tableAt(direction, k)));
    return { x: eta === 0 ? mean : mean.add(unlessLast(eps.mul(tableAt(sigma, k)), k)), x0 };
  },
});
