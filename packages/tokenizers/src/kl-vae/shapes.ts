import type { Named, Shape } from "@gmem/tensor";
import { convShapes, normShapes } from "../network/conv.ts";
import { attentionShapes, middleShapes, residualShapes } from "./blocks.ts";
import { type KlVaeConfig, levelWidth } from "./config.ts";

/** Every parameter of a KL-VAE under its original name. */
export function klVaeShapes(config: KlVaeConfig): Named<Shape> {
  const { channels, zChannels: z, latentChannels: c, multipliers } = config;
  const top = levelWidth(config, multipliers.length - 1);
  return {
    ...convShapes("encoder.conv_in", [channels, 3, 3]),
    ...encoderLevels(config),
    ...middleShapes("encoder.mid", top),
    ...normShapes("encoder.norm_out", top),
    ...convShapes("encoder.conv_out", [2 * z, top, 3]),
    ...convShapes("quant_conv", [2 * c, 2 * z, 1]),
    ...convShapes("post_quant_conv", [z, c, 1]),
    ...convShapes("decoder.conv_in", [top, z, 3]),
    ...middleShapes("decoder.mid", top),
    ...decoderLevels(config),
    ...normShapes("decoder.norm_out", levelWidth(config, 0)),
    ...convShapes("decoder.conv_out", [3, levelWidth(config, 0), 3]),
  };
}

function encoderLevels(config: KlVaeConfig): Named<Shape> {
  const shapes: Record<string, Shape> = {};
  let width = config.channels;
  for (const level of config.multipliers.keys()) {
    const [at, out] = [`encoder.down.${level}`, levelWidth(config, level)];
    for (let b = 0; b < config.residualBlocks; b++, width = out)
      Object.assign(shapes, block(config, at, { level, b, width }));
    if (level < config.multipliers.length - 1)
      Object.assign(shapes, convShapes(`${at}.downsample.conv`, [out, out, 3]));
  }
  return shapes;
}

function decoderLevels(config: KlVaeConfig): Named<Shape> {
  const shapes: Record<string, Shape> = {};
  let width = levelWidth(config, config.multipliers.length - 1);
  for (let level = config.multipliers.length - 1; level >= 0; level--) {
    const [at, out] = [`decoder.up.${level}`, levelWidth(config, level)];
    for (let b = 0; b <= config.residualBlocks; b++, width = out)
      Object.assign(shapes, block(config, at, { level, b, width }));
    if (level > 0) Object.assign(shapes, convShapes(`${at}.upsample.conv`, [out, out, 3]));
  }
  return shapes;
}

function block(config: KlVaeConfig, at: string, place: { level: number; b: number; width: number }): Named<Shape> {
  const out = levelWidth(config, place.level);
  return {
    ...residualShapes(`${at}.block.${place.b}`, place.width, out),
    ...(config.attentionLevels.includes(place.level) && attentionShapes(`${at}.attn.${place.b}`, out)),
  };
}
