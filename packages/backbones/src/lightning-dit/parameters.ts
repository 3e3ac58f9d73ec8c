import { mapNamed, type Named } from "@gmem/tensor";
import { embedderStarts, filled, fixed, linearStart, type Start } from "../start.ts";
import { type LightningDitConfig, units } from "./config.ts";
import { tables } from "./tables.ts";

/** Every parameter of a LightningDiT, as the official code starts it: Xavier, time embedding N(0, 0.02²), adaLN and last layer 0. */
export function lightningDitParameters(config: LightningDitConfig): Named<Start> {
  const { latent, patchSize, depth, hiddenSize: D, heads, learnSigma, qkNorm, woShift, adaLNInit = "zero" } = config;
  const { rmsNorm = true, swiglu = true } = config;
  const patch = patchSize * patchSize;
  const h = units(config);
  const gain = (at: string): Named<Start> => (rmsNorm ? { [`${at}.weight`]: filled([D], 1) } : {});
  const headNorm = (at: string): Named<Start> => ({
    [`${at}.weight`]: filled([D / heads], 1),
    ...(rmsNorm ? {} : { [`${at}.bias`]: filled([D / heads], 0) }),
  });
  const blocks = Array.from({ length: depth }, (_, i): Named<Start> => {
    const at = `blocks.${i}`;
    return {
      ...gain(`${at}.norm1`),
      ...linearStart(`${at}.attn.qkv`, { in: D, out: 3 * D }),
      ...(qkNorm ? { ...headNorm(`${at}.attn.q_norm`), ...headNorm(`${at}.attn.k_norm`) } : {}),
      ...linearStart(`${at}.attn.proj`, { in: D, out: D }),
      ...gain(`${at}.norm2`),
      ...linearStart(`${at}.mlp.${swiglu ? "w12" : "fc1"}`, { in: D, out: swiglu ? 2 * h : h }),
      ...linearStart(`${at}.mlp.${swiglu ? "w3" : "fc2"}`, { in: h, out: D }),
      ...linearStart(`${at}.adaLN_modulation.1`, { in: D, out: (woShift ? 4 : 6) * D, weight: adaLNInit }),
    };
  });
  return {
    ...mapNamed(tables(config), fixed),
    ...embedderStarts(config),
    ...Object.assign({}, ...blocks),
    ...gain("final_layer.norm_final"),
    ...linearStart("final_layer.adaLN_modulation.1", { in: D, out: 2 * D, weight: adaLNInit }),
    ...linearStart("final_layer.linear", { in: D, out: patch * latent[0] * (learnSigma ? 2 : 1), weight: adaLNInit }),
  };
}
