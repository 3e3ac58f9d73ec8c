import { groupNorm } from "@gmem/nn";
import { type Named, silu, type Tensor } from "@gmem/tensor";
import { conv } from "../network/conv.ts";
import { attentionBlock } from "./attention.ts";
import { middle, residualBlock } from "./blocks.ts";
import type { KlVaeConfig } from "./config.ts";
import { halve } from "./resample.ts";

/** Images x [N,3,H,W] → [N,2z,H/f,W/f], before `quant_conv`. */
export function klVaeEncoder(config: KlVaeConfig, p: Named<Tensor>, x: Tensor): Tensor {
  const { multipliers, residualBlocks, attentionLevels, attention, resampling } = config;
  let h = conv(p, "encoder.conv_in", x); // [N,ch,H,W]
  for (const level of multipliers.keys()) {
    const at = `encoder.down.${level}`;
    for (let b = 0; b < residualBlocks; b++) {
      h = residualBlock(p, `${at}.block.${b}`, h); // [N,ch_l,H_l,W_l]
      if (attentionLevels.includes(level)) h = attentionBlock(p, `${at}.attn.${b}`, h, attention);
    }
    if (level < multipliers.length - 1) h = halve(p, at, h, resampling); // [N,ch_l,H_l/2,W_l/2]
  }
  h = middle(p, "encoder.mid", h, attention);
  return conv(p, "encoder.conv_out", silu(groupNorm(p, "encoder.norm_out", h))); // [N,2z,h,w]
}

/** Mean and log-variance of the posterior as the network gives them, [N,2C,H/f,W/f]. */
export const klVaeMoments = (config: KlVaeConfig, p: Named<Tensor>, x: Tensor): Tensor =>
  conv(p, "quant_conv", klVaeEncoder(config, p, x));
