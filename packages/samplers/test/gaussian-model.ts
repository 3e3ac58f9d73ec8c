import type { Conditioner, Interpolant, LatentShape, VelocityModel } from "@gmem/spec";
import { broadcast, f32, neg, scalar, square, type Tensor } from "@gmem/tensor";

const column = (t: Tensor, like: Tensor): Tensor =>
  t.reshape([...t.shape, ...Array<number>(like.rank - t.rank).fill(1)]);

/** α = 1 − t, σ = t, with the conversions that solvers ask for: to x₀ and to the score. */
export const straight: Interpolant = {
  name: "linear",
  at: (t) => ({
    alpha: neg(t).add(1),
    sigma: t,
    dAlpha: broadcast(scalar(-1), t.shape),
    dSigma: broadcast(scalar(1), t.shape),
  }),
  // s = −ε/σ with ε = x + (1 − t)v
  convert: (v, { to, x, t }) =>
    to === "x0" ? x.sub(column(t, x).mul(v)) : neg(x.add(neg(column(t, x)).add(1).mul(v))).div(column(t, x)),
};

/** The exact velocity E[ε − x₀ | x] of data N(mean, std²): affine in x, so every solver's moments follow by recursion. */
export function gaussianVelocity(
  x: Tensor,
  t: Tensor,
  data: { readonly mean: Tensor | number; readonly std: number },
): Tensor {
  const time = column(t, x);
  const rest = neg(time).add(1); // 1 − t
  const centred = x.sub(rest.mul(data.mean));
  const variance = square(rest)
    .mul(data.std ** 2)
    .add(square(time));
  const slope = time.sub(rest.mul(data.std ** 2)).div(variance);
  return slope.mul(centred).sub(data.mean);
}

/** Data N(c, 0.5²) around a condition c [N,1]; the null condition is the parameter `base`. */
export function gaussianModel(latent: LatentShape = [1, 1, 2]): VelocityModel {
  const base = (p: Parameters<VelocityModel["velocity"]>[0]): Tensor => p.base as Tensor;
  const conditioner: Conditioner<{ readonly labels: readonly number[] }> = {
    name: "mean",
    snippetDim: 1,
    output: "embedding",
    feeds: (n) => ({ mean: f32(n, 1) }),
    init: () => ({}),
    parse: (input) => input as { labels: number[] },
    resolve: async (noise, { labels }) => {
      const n = noise.shape[0] as number;
      return {
        mean: {
          dtype: "f32",
          shape: [n, 1],
          data: Float32Array.from({ length: n }, (_, i) => labels[i % labels.length] as number),
        },
      };
    },
    batch: async () => ({}),
    snippet: (_, feeds) => feeds.mean as Tensor,
  };
  return {
    backbone: {
      name: "gaussian",
      latent,
      hiddenSize: 1,
      config: {},
      frozen: [],
      init: () => ({ base: { dtype: "f32", shape: [1, 1], data: new Float32Array([0.5]) } }),
      apply: (_, x, t, c) => ({ output: gaussianVelocity(x, t, { mean: column(c.reshape([-1]), x), std: 0.5 }) }),
    },
    conditioner,
    interpolant: straight,
    prediction: "velocity",
    frozen: [],
    init: () => ({ base: { dtype: "f32", shape: [1, 1], data: new Float32Array([0.5]) } }),
    avals: () => ({ base: f32(1, 1) }),
    condition: (p, feeds) => conditioner.snippet(p, feeds),
    nullCondition: (p, n) => broadcast(base(p), [n, 1]),
    velocity(p, x, t, c) {
      const { output } = this.backbone.apply(p, x, t, c);
      return { velocity: output, output };
    },
  };
}
