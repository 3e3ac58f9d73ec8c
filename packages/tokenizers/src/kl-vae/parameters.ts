import type { Aval, Named } from "@gmem/tensor";
import { convParameters, normParameters } from "../network/conv.ts";
import { attentionParameters } from "./attention.ts";
import { middleParameters, residualParameters } from "./blocks.ts";
import { type KlVaeConfig, levelWidth } from "./config.ts";

/** Every parameter of a KL-VAE under its original name. */
export function klVaeParameters(config: KlVaeConfig): Named<Aval> {
  const { channels, zChannels: z, latentChannels: c, multipliers, imageChannels = 3, attention } = config;
  const top = levelWidth(config, multipliers.length - 1);
  return {
    ...convParameters("encoder.conv_in", [channels, imageChannels, 3]),
    ...encoderLevels(config),
    ...middleParameters("encoder.mid", top, attention),
    ...normParameters("encoder.norm_out", top),
    ...convParameters("encoder.conv_out", [2 * z, top, 3]),
    ...convParameters("quant_conv", [2 * c, 2 * z, 1]),
    ...convParameters("post_quant_conv", [z, c, 1]),
    ...convParameters("decoder.conv_in", [top, z, 3]),
    ...middleParameters("decoder.mid", top, attention),
    ...decoderLevels(config),
    ...normParameters("decoder.norm_out", levelWidth(config, 0)),
    ...convParameters("decoder.conv_out", [imageChannels, levelWidth(config, 0), 3]),
  };
}

function encoderLevels(config: KlVaeConfig): Named<Aval> {
  const avals: Record<string, Aval> = {};
  let width = config.channels;
  for (const level of config.multipliers.keys()) {
    const [at, out] = [`encoder.down.${level}`, levelWidth(config, level)];
    for (let b = 0; b < config.residualBlocks; b++, width = out)
      Object.assign(avals, block(config, at, { level, b, width }));
    if (level < config.multipliers.length - 1 && config.resampling !== "mean")
      Object.assign(avals, convParameters(`${at}.downsample.conv`, [out, out, 3]));
  }
  return avals;
}

function decoderLevels(config: KlVaeConfig): Named<Aval> {
  const avals: Record<string, Aval> = {};
  let width = levelWidth(config, config.multipliers.length - 1);
  for (let level = config.multipliers.length - 1; level >= 0; level--) {
    const [at, out] = [`decoder.up.${level}`, levelWidth(config, level)];
    for (let b = 0; b <= config.residualBlocks; b++, width = out)
      Object.assign(avals, block(config, at, { level, b, width }));
    if (level > 0 && config.resampling !== "mean")
      Object.assign(avals, convParameters(`${at}.upsample.conv`, [out, out, 3]));
  }
  return avals;
}

function block(config: KlVaeConfig, at: string, place: { level: number; b: number; width: number }): Named<Aval> {
  const out = levelWidth(config, place.level);
  return {
    ...residualParameters(`${at}.block.${place.b}`, place.width, out),
    ...(config.attentionLevels.includes(place.level) &&
      attentionParameters(`${at}.attn.${place.b}`, out, config.attention)),
  };
}
