import { linearInit, sinCosTable, xavierUniform } from "@gmem/nn";
import type { Params } from "@gmem/spec";
import { array, full, type NDArray, type Rng, zeros } from "@gmem/tensor";
import type { SitConfig } from "./sit.ts";

/** Every parameter of a SiT, drawn as the official code does: Xavier, time embedding N(0, 0.02²), adaLN and last layer 0. */
export function initSit(rng: Rng, config: SitConfig): Params<NDArray> {
  const {
    latent,
    patchSize,
    depth,
    hiddenSize: D,
    heads,
    learnSigma,
    qkNorm,
    adaLNInit = "zero",
    mlpRatio = 4,
  } = config;
  const [channels, height, width] = latent;
  const patch = patchSize * patchSize;
  const wide = Math.floor(D * mlpRatio);
  const outChannels = learnSigma ? 2 * channels : channels;
  const kernel = xavierUniform(rng.split("x_embedder.proj.weight"), [D, channels * patch]);
  const linear = (at: string, sizes: Parameters<typeof linearInit>[2]): Params<NDArray> => linearInit(rng, at, sizes);
  const blocks = Array.from({ length: depth }, (_, i): Params<NDArray> => {
    const at = `blocks.${i}`;
    return {
      ...linear(`${at}.attn.qkv`, { in: D, out: 3 * D }),
      ...(qkNorm ? headNorms(`${at}.attn`, D / heads) : {}),
      ...linear(`${at}.attn.proj`, { in: D, out: D }),
      ...linear(`${at}.mlp.fc1`, { in: D, out: wide }),
      ...linear(`${at}.mlp.fc2`, { in: wide, out: D }),
      ...linear(`${at}.adaLN_modulation.1`, { in: D, out: 6 * D, weight: adaLNInit }),
    };
  });
  return {
    pos_embed: sinCosTable({ rows: height / patchSize, columns: width / patchSize }, D),
    "x_embedder.proj.weight": array(kernel.data, [D, channels, patchSize, patchSize]),
    "x_embedder.proj.bias": zeros([D]),
    ...linear("t_embedder.mlp.0", { in: 256, out: D, weight: { std: 0.02 } }),
    ...linear("t_embedder.mlp.2", { in: D, out: D, weight: { std: 0.02 } }),
    ...Object.assign({}, ...blocks),
    ...linear("final_layer.adaLN_modulation.1", { in: D, out: 2 * D, weight: adaLNInit }),
    ...linear("final_layer.linear", { in: D, out: patch * outChannels, weight: adaLNInit }),
  };
}

/** Layer norms of q and k start as the identity. */
function headNorms(at: string, headDim: number): Params<NDArray> {
  const norm = (name: string): Params<NDArray> => ({
    [`${at}.${name}.weight`]: full([headDim], 1),
    [`${at}.${name}.bias`]: zeros([headDim]),
  });
  return { ...norm("q_norm"), ...norm("k_norm") };
}
