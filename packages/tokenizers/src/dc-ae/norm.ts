import { param } from "@gmem/nn";
import { type Aval, f32, mean, type Named, relu, rsqrt, silu, square, type Tensor } from "@gmem/tensor";
import { normParameters } from "../network/conv.ts";
import type { DcAeStage } from "./config.ts";

const epsilon = 1e-5;

/** Over the channels of each pixel, x/√(mean_c x² + ε), or by the running statistics of each channel; scaled and shifted. */
export function norm(p: Named<Tensor>, at: string, x: Tensor, kind: DcAeStage["norm"]): Tensor {
  const perChannel = (name: string): Tensor => param(p, `${at}.${name}`).reshape([1, -1, 1, 1]); // [1,C,1,1]
  const [weight, bias] = [perChannel("weight"), perChannel("bias")];
  if (kind === "rms") {
    const scale = rsqrt(mean(square(x), { axes: [1], keepDims: true }).add(epsilon)); // [N,1,H,W]
    return x.mul(scale).mul(weight).add(bias);
  }
  const scale = weight.mul(rsqrt(perChannel("running_var").add(epsilon))); // [1,C,1,1]
  return x.sub(perChannel("running_mean")).mul(scale).add(bias);
}

export const activation = (x: Tensor, kind: DcAeStage["activation"]): Tensor => (kind === "silu" ? silu(x) : relu(x));

export const stageNormParameters = (at: string, channels: number, kind: DcAeStage["norm"]): Named<Aval> => ({
  ...normParameters(at, channels),
  ...(kind === "batch" && { [`${at}.running_mean`]: f32(channels), [`${at}.running_var`]: f32(channels) }),
});
