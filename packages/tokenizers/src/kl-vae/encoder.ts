import { groupNorm } from "@gmem/nn";
import { type Named, pad, silu, type Tensor } from "@gmem/tensor";
import { conv } from "../network/conv.ts";
import { attentionBlock, middle, residualBlock } from "./blocks.ts";
import type { KlVaeConfig } from "./config.ts";

/**
 * Images x [N,3,H,W] → [N,2z,H/f,W/f], before `quant_conv`. Halving pads right and bottom only: a convolution of stride 2
 * over [N,C,H+1,W+1].
 */
export function klVaeEncoder(config: KlVaeConfig, p: Named<Tensor>, x: Tensor): Tensor {
  const { multipliers, residualBlocks, attentionLevels } = config;
  let h = conv(p, "encoder.conv_in", x); // [N,ch,H,W]
  for (const level of multipliers.keys()) {
    const at = `encoder.down.${level}`;
    for (let b = 0; b < residualBlocks; b++) {
      h = residualBlock(p, `${at}.block.${b}`, h); // [N,ch_l,H_l,W_l]
      if (attentionLevels.includes(level)) h = attentionBlock(p, `${at}.attn.${b}`, h);
    }
    if (level < multipliers.length - 1) {
      const padded = pad(h, [
        [0, 0],
        [0, 0],
        [0, 1],
        [0, 1],
      ]);
      h = conv(p, `${at}.downsample.conv`, padded, { stride: 2, padding: 0 }); // [N,ch_l,H_l/2,W_l/2]
    }
  }
  h = middle(p, "encoder.mid", h);
  return conv(p, "encoder.conv_out", silu(groupNorm(p, "encoder.norm_out", h))); // [N,2z,h,w]
}

/** Mean and log-variance of the posterior as the network gives them, [N,2C,H/f,W/f]. */
export const klVaeMoments = (config: KlVaeConfig, p: Named<Tensor>, x: Tensor): Tensor =>
  conv(p, "quant_conv", klVaeEncoder(config, p, x));
