const attention: Readonly<Record<string, string>> = {
  group_norm: "norm",
  to_q: "q",
  to_k: "k",
  to_v: "v",
  "to_out.0": "proj_out",
  query: "q",
  key: "k",
  value: "v",
  proj_attn: "proj_out",
};

const attentionPart = /\.attentions\.(\d+)\.(group_norm|to_q|to_k|to_v|to_out\.0|query|key|value|proj_attn)\./;

/**
 * The CompVis name of a parameter of diffusers' `AutoencoderKL`, of which `levels` is the number of levels; CompVis names
 * stay as they are. The decoder's blocks are counted the other way round; names of attention before 2023 are known too.
 * @example
 * klVaeOriginalName("decoder.up_blocks.0.upsamplers.0.conv.bias", 4); // "decoder.up.3.upsample.conv.bias"
 */
export function klVaeOriginalName(name: string, levels: number): string {
  return name
    .replace(/mid_block\.resnets\.(\d+)/, (_, i: string) => `mid.block_${Number(i) + 1}`)
    .replace(attentionPart, (_, i: string, part: string) =>
      name.includes("mid_block") ? `.attn_${Number(i) + 1}.${attention[part]}.` : `.attn.${i}.${attention[part]}.`,
    )
    .replace("mid_block.", "mid.")
    .replace(/down_blocks\.(\d+)/, "down.$1")
    .replace(/up_blocks\.(\d+)/, (_, i: string) => `up.${levels - 1 - Number(i)}`)
    .replace(/\.resnets\.(\d+)/, ".block.$1")
    .replace(".downsamplers.0.", ".downsample.")
    .replace(".upsamplers.0.", ".upsample.")
    .replace("conv_shortcut", "nin_shortcut")
    .replace("conv_norm_out", "norm_out");
}
