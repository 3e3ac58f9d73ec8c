import { linearInit, xavierUniform } from "@gmem/nn";
import type { Params } from "@gmem/spec";
import { array, full, type NDArray, type Rng, zeros } from "@gmem/tensor";
import type { LightningDitConfig } from "./lightning-dit.ts";
import { tables } from "./tables.ts";

/** Units of the MLP: 4D, or two thirds of it for SwiGLU, which has three matrices instead of two. */
const units = (D: number, swiglu: boolean): number => (swiglu ? Math.floor((2 / 3) * 4 * D) : 4 * D);

/** Every parameter of a LightningDiT, drawn as the official code does: Xavier, time embedding N(0, 0.02²), adaLN and last layer 0. */
export function initLightningDit(rng: Rng, config: LightningDitConfig): Params<NDArray> {
  const { latent, patchSize, depth, hiddenSize: D, heads, learnSigma, qkNorm, woShift, adaLNInit = "zero" } = config;
  const { rmsNorm = true, swiglu = true } = config;
  const patch = patchSize * patchSize;
  const h = units(D, swiglu);
  const kernel = xavierUniform(rng.split("x_embedder.proj.weight"), [D, latent[0] * patch]);
  const linear = (at: string, sizes: Parameters<typeof linearInit>[2]): Params<NDArray> => linearInit(rng, at, sizes);
  const gain = (at: string): Params<NDArray> => (rmsNorm ? { [`${at}.weight`]: full([D], 1) } : {});
  const headNorm = (at: string): Params<NDArray> => ({
    [`${at}.weight`]: full([D / heads], 1),
    ...(rmsNorm ? {} : { [`${at}.bias`]: zeros([D / heads]) }),
  });
  const blocks = Array.from({ length: depth }, (_, i): Params<NDArray> => {
    const at = `blocks.${i}`;
    return {
      ...gain(`${at}.norm1`),
      ...linear(`${at}.attn.qkv`, { in: D, out: 3 * D }),
      ...(qkNorm ? { ...headNorm(`${at}.attn.q_norm`), ...headNorm(`${at}.attn.k_norm`) } : {}),
      ...linear(`${at}.attn.proj`, { in: D, out: D }),
      ...gain(`${at}.norm2`),
      ...linear(`${at}.mlp.${swiglu ? "w12" : "fc1"}`, { in: D, out: swiglu ? 2 * h : h }),
      ...linear(`${at}.mlp.${swiglu ? "w3" : "fc2"}`, { in: h, out: D }),
      ...linear(`${at}.adaLN_modulation.1`, { in: D, out: (woShift ? 4 : 6) * D, weight: adaLNInit }),
    };
  });
  return {
    ...tables(config),
    "x_embedder.proj.weight": array(kernel.data, [D, latent[0], patchSize, patchSize]),
    "x_embedder.proj.bias": zeros([D]),
    ...linear("t_embedder.mlp.0", { in: 256, out: D, weight: { std: 0.02 } }),
    ...linear("t_embedder.mlp.2", { in: D, out: D, weight: { std: 0.02 } }),
    ...Object.assign({}, ...blocks),
    ...gain("final_layer.norm_final"),
    ...linear("final_layer.adaLN_modulation.1", { in: D, out: 2 * D, weight: adaLNInit }),
    ...linear("final_layer.linear", { in: D, out: patch * latent[0] * (learnSigma ? 2 : 1), weight: adaLNInit }),
  };
}
