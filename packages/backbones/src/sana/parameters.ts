import type { Named } from "@gmem/tensor";
import { convStart, filled, linearStart, normalStart, patchStart, type Start } from "../start.ts";
import { type SanaConfig, units } from "./config.ts";

/** Every parameter of a Sana: Xavier; embeddings of time and text N(0, 0.02²); what brings the text in, and the last layer, 0. */
export function sanaParameters(config: SanaConfig): Named<Start> {
  const { latent, patchSize, depth, hiddenSize: D, contextDim, adaLNInit = "zero" } = config;
  const h = units(config);
  const small = { std: 0.02 } as const;
  const square = { in: D, out: D } as const;
  const blocks = Array.from({ length: depth }, (_, i): Named<Start> => {
    const at = `transformer_blocks.${i}`;
    return {
      ...normalStart(`${at}.scale_shift_table`, [6, D], D ** -0.5),
      ...withoutBias(linearStart(`${at}.attn1.to_q`, square)),
      ...withoutBias(linearStart(`${at}.attn1.to_k`, square)),
      ...withoutBias(linearStart(`${at}.attn1.to_v`, square)),
      ...linearStart(`${at}.attn1.to_out.0`, square),
      ...linearStart(`${at}.attn2.to_q`, square),
      ...linearStart(`${at}.attn2.to_k`, square),
      ...linearStart(`${at}.attn2.to_v`, square),
      ...linearStart(`${at}.attn2.to_out.0`, { ...square, weight: adaLNInit }),
      ...convStart(`${at}.ff.conv_inverted`, [2 * h, D, 1, 1]),
      ...convStart(`${at}.ff.conv_depth`, [2 * h, 1, 3, 3]),
      ...withoutBias(convStart(`${at}.ff.conv_point`, [D, h, 1, 1])),
    };
  });
  return {
    ...normalStart("scale_shift_table", [2, D], D ** -0.5),
    ...patchStart("patch_embed", config),
    ...linearStart("time_embed.emb.timestep_embedder.linear_1", { in: 256, out: D, weight: small }),
    ...linearStart("time_embed.emb.timestep_embedder.linear_2", { ...square, weight: small }),
    ...linearStart("time_embed.linear", { in: D, out: 6 * D, weight: small }),
    ...linearStart("caption_projection.linear_1", { in: contextDim, out: D, weight: small }),
    ...linearStart("caption_projection.linear_2", { ...square, weight: small }),
    "caption_norm.weight": filled([D], 1),
    ...Object.assign({}, ...blocks),
    ...linearStart("proj_out", { in: D, out: patchSize * patchSize * latent[0], weight: adaLNInit }),
  };
}

const withoutBias = (layer: Named<Start>): Named<Start> =>
  Object.fromEntries(Object.entries(layer).filter(([name]) => !name.endsWith(".bias")));
