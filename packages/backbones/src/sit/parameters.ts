import { sinCosTable } from "@gmem/nn";
import type { Named } from "@gmem/tensor";
import { embedderStarts, filled, fixed, linearStart, type Start } from "../start.ts";
import { type SitConfig, units } from "./config.ts";

/** Every parameter of a SiT, as the official code starts it: Xavier, time embedding N(0, 0.02²), adaLN and last layer 0. */
export function sitParameters(config: SitConfig): Named<Start> {
  const { latent, patchSize, depth, hiddenSize: D, heads, learnSigma, qkNorm, adaLNInit = "zero" } = config;
  const [channels, height, width] = latent;
  const patch = patchSize * patchSize;
  const wide = units(config);
  const outChannels = learnSigma ? 2 * channels : channels;
  const blocks = Array.from({ length: depth }, (_, i): Named<Start> => {
    const at = `blocks.${i}`;
    return {
      ...linearStart(`${at}.attn.qkv`, { in: D, out: 3 * D }),
      ...(qkNorm ? headNorms(`${at}.attn`, D / heads) : {}),
      ...linearStart(`${at}.attn.proj`, { in: D, out: D }),
      ...linearStart(`${at}.mlp.fc1`, { in: D, out: wide }),
      ...linearStart(`${at}.mlp.fc2`, { in: wide, out: D }),
      ...linearStart(`${at}.adaLN_modulation.1`, { in: D, out: 6 * D, weight: adaLNInit }),
    };
  });
  return {
    pos_embed: fixed(sinCosTable({ rows: height / patchSize, columns: width / patchSize }, D)),
    ...embedderStarts(config),
    ...Object.assign({}, ...blocks),
    ...linearStart("final_layer.adaLN_modulation.1", { in: D, out: 2 * D, weight: adaLNInit }),
    ...linearStart("final_layer.linear", { in: D, out: patch * outChannels, weight: adaLNInit }),
  };
}

/** Layer norms of q and k start as the identity. */
function headNorms(at: string, headDim: number): Named<Start> {
  const norm = (name: string): Named<Start> => ({
    [`${at}.${name}.weight`]: filled([headDim], 1),
    [`${at}.${name}.bias`]: filled([headDim], 0),
  });
  return { ...norm("q_norm"), ...norm("k_norm") };
}
