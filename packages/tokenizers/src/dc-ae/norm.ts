import { param } from "@gmem/nn";
import { type Aval, clamp, f32, gelu, mean, type Named, relu, rsqrt, silu, square, type Tensor } from "@gmem/tensor";
import { normParameters } from "../network/conv.ts";
import type { DcAeActivation, DcAeNorm } from "./config.ts";

const epsilon = 1e-5;

/**
 * Over the channels of each pixel, x/√(mean_c x² + ε), for "layer" less their mean, or by the running statistics of each
 * channel; scaled and shifted.
 */
export function norm(p: Named<Tensor>, at: string, x: Tensor, kind: DcAeNorm): Tensor {
  if (kind === "none") return x;
  const perChannel = (name: string): Tensor => param(p, `${at}.${name}`).reshape([1, -1, 1, 1]); // [1,C,1,1]
  const [weight, bias] = [perChannel("weight"), perChannel("bias")];
  if (kind === "batch") {
    const scale = weight.mul(rsqrt(perChannel("running_var").add(epsilon))); // [1,C,1,1]
    return x.sub(perChannel("running_mean")).mul(scale).add(bias);
  }
  const centred = kind === "layer" ? x.sub(mean(x, { axes: [1], keepDims: true })) : x; // [N,C,H,W]
  const scale = rsqrt(mean(square(centred), { axes: [1], keepDims: true }).add(epsilon)); // [N,1,H,W]
  return centred.mul(scale).mul(weight).add(bias);
}

const activations: { readonly [kind in DcAeActivation]: (x: Tensor) => Tensor } = {
  silu,
  relu,
  relu6: (x) => clamp(x, 0, 6),
  hardswish: (x) => x.mul(clamp(x.add(3), 0, 6)).mul(1 / 6),
  gelu,
  none: (x) => x,
};

export const activation = (x: Tensor, kind: DcAeActivation): Tensor => activations[kind](x);

export const stageNormParameters = (at: string, channels: number, kind: DcAeNorm): Named<Aval> =>
  kind === "none"
    ? {}
    : {
        ...normParameters(at, channels),
        ...(kind === "batch" && { [`${at}.running_mean`]: f32(channels), [`${at}.running_var`]: f32(channels) }),
      };
