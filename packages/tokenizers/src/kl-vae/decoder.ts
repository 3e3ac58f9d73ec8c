import { groupNorm } from "@gmem/nn";
import { type Named, silu, type Tensor, tanh } from "@gmem/tensor";
import { conv } from "../network/conv.ts";
import { attentionBlock } from "./attention.ts";
import { middle, residualBlock } from "./blocks.ts";
import type { KlVaeConfig } from "./config.ts";
import { double } from "./resample.ts";

/** Latents z [N,C,h,w], not scaled → images [N,3,f·h,f·w], not limited to [−1,1]. Levels run from the smallest size. */
export function klVaeDecoder(config: KlVaeConfig, p: Named<Tensor>, z: Tensor): Tensor {
  const { multipliers, residualBlocks, attentionLevels, attention, resampling } = config;
  let h = conv(p, "decoder.conv_in", conv(p, "post_quant_conv", z)); // [N,ch_top,h,w]
  h = middle(p, "decoder.mid", h, attention);
  for (let level = multipliers.length - 1; level >= 0; level--) {
    const at = `decoder.up.${level}`;
    for (let b = 0; b <= residualBlocks; b++) {
      h = residualBlock(p, `${at}.block.${b}`, h); // [N,ch_l,H_l,W_l]
      if (attentionLevels.includes(level)) h = attentionBlock(p, `${at}.attn.${b}`, h, attention);
    }
    if (level > 0) h = double(p, at, h, resampling); // [N,ch_l,2H_l,2W_l]
  }
  const image = conv(p, "decoder.conv_out", silu(groupNorm(p, "decoder.norm_out", h))); // [N,3,H,W]
  return config.tanh ? tanh(image) : image;
}
