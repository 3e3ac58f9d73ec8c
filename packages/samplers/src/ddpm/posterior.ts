import { clamp, GMemError, type Tensor } from "@gmem/tensor";
import { type Ddpm, tableAt } from "./ddpm.ts";

/** What a network says of x at a step of its training: ε̂ or x̂₀ [N,C,H,W], and with a learned range −1…1 [N,C,H,W]. */
export interface DenoiserOutput {
  readonly output: Tensor;
  readonly variance?: Tensor;
}

/** x [N,C,H,W] and steps of the training [N], float32; DiT's `atStep` with parameters and condition closed over. */
export type Denoiser = (x: Tensor, step: Tensor) => DenoiserOutput;

/** Mean and log-variance of a Gaussian, [N,C,H,W] or [N,1,1,1]. */
export interface Gaussian {
  readonly mean: Tensor;
  readonly logVariance: Tensor;
}

/** x_k = √ᾱ x₀ + √(1−ᾱ) ε. k [N] int32. */
export function noised(process: Ddpm, x0: Tensor, at: { readonly k: Tensor; readonly eps: Tensor }): Tensor {
  const { alphaBar } = process;
  const { k, eps } = at;
  return x0.mul(tableAt(alphaBar.map(Math.sqrt), k)).add(
    eps.mul(
      tableAt(
        alphaBar.map((a) => Math.sqrt(1 - a)),
        k,
      ),
    ),
  );
}

/** q(x_{k−1} | x_k, x₀): mean β√ᾱ_prev/(1−ᾱ) x₀ + (1−ᾱ_prev)√(1−β)/(1−ᾱ) x, variance β̃. */
export function posterior(process: Ddpm, x0: Tensor, at: { readonly x: Tensor; readonly k: Tensor }): Gaussian {
  const { beta, alphaBar, alphaBarBefore, posteriorLogVariance } = process;
  const of = (table: Float64Array, k: number): number => table[k] as number;
  const ofX0 = beta.map((b, k) => (b * Math.sqrt(of(alphaBarBefore, k))) / (1 - of(alphaBar, k)));
  const ofX = beta.map((b, k) => ((1 - of(alphaBarBefore, k)) * Math.sqrt(1 - b)) / (1 - of(alphaBar, k)));
  return {
    mean: x0.mul(tableAt(ofX0, at.k)).add(at.x.mul(tableAt(ofX, at.k))),
    logVariance: tableAt(posteriorLogVariance, at.k),
  };
}

/** p(x_{k−1} | x_k) by a network's output; `clip` holds x̂₀ in [−1, 1], for pixels. */
export function predicted(
  process: Ddpm,
  { output, variance }: DenoiserOutput,
  at: { readonly x: Tensor; readonly k: Tensor; readonly clip?: boolean },
): Gaussian & { readonly x0: Tensor } {
  const { x, k, clip } = at;
  const found = process.prediction === "x0" ? output : denoised(process, output, at); // [N,C,H,W]
  const x0 = clip ? clamp(found, -1, 1) : found;
  return { x0, mean: posterior(process, x0, { x, k }).mean, logVariance: logVariance(process, variance, k) };
}

/** x̂₀ = x/√ᾱ − √(1/ᾱ − 1) ε̂. */
function denoised({ alphaBar }: Ddpm, eps: Tensor, { x, k }: { readonly x: Tensor; readonly k: Tensor }): Tensor {
  const [scale, share] = [alphaBar.map((a) => Math.sqrt(1 / a)), alphaBar.map((a) => Math.sqrt(1 / a - 1))] as const;
  return x.mul(tableAt(scale, k)).sub(eps.mul(tableAt(share, k)));
}

/** Learned: f ln β + (1−f) ln β̃, f = (o+1)/2; large: ln β with β̃₁ at step 0; small: ln β̃. */
function logVariance(process: Ddpm, o: Tensor | undefined, k: Tensor): Tensor {
  const { variance, beta, posteriorVariance, posteriorLogVariance } = process;
  const low = tableAt(posteriorLogVariance, k); // [N,1,1,1]
  if (variance === "fixed-small") return low;
  if (variance === "fixed-large")
    return tableAt(
      beta.map((b, i) => Math.log(i > 0 ? b : (posteriorVariance[1] as number))),
      k,
    );
  if (!o)
    throw new GMemError(
      "CONFIG",
      `ddpm: a learned-range process needs a network that predicts variance, got none; use variance "fixed-large"`,
    );
  const f = o.add(1).mul(0.5); // [N,C,H,W]
  return f.mul(tableAt(beta.map(Math.log), k)).add(f.mul(-1).add(1).mul(low));
}
