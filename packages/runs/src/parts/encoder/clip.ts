import { type ClipConfig, clip, clipB16, clipB32, clipL14 } from "@gmem/encoders/clip";
import { GMemError } from "@gmem/tensor";
import { z } from "zod";
import { file, network } from "../../config/scalars.ts";
import type { EncoderKind } from "../encoder-kind.ts";
import { encoderWeights, sayIgnored } from "./published.ts";

const variants = { "vit-b/32": clipB32, "vit-b/16": clipB16, "vit-l/14": clipL14 } as const;

/** Which published network, of both towers. */
export const clipVariant: z.ZodDefault<z.ZodEnum<{ [K in keyof typeof variants]: K }>> = z
  .enum(["vit-b/32", "vit-b/16", "vit-l/14"])
  .default("vit-l/14")
  .describe("Size and patch.");

const schema = z.strictObject({
  kind: z.literal("clip").describe("CLIP, published weights."),
  variant: clipVariant,
  weights: file,
  network,
});

/** That network with its changes. */
export const clipConfigOf = ({
  variant,
  network: changes,
}: Pick<z.output<typeof schema>, "variant" | "network">): ClipConfig => ({ ...variants[variant], ...changes });

export const clipKind: EncoderKind<typeof schema> = {
  schema,
  async open(settings, { engine, ...options }) {
    const config = clipConfigOf(settings);
    const encoder = clip(config, { engine, weights: await encoderWeights(settings, options) });
    if (encoder.dim !== config.dim)
      throw new GMemError(
        "WEIGHTS",
        `encoder.weights: features must be ${config.dim} wide, got a tower without projection, ${encoder.dim} wide; give CLIPModel's file, or CLIPVisionModelWithProjection's`,
      );
    sayIgnored(encoder, options);
    return encoder;
  },
  widths(settings) {
    const { dim, vision } = clipConfigOf(settings);
    return { dim, tokens: vision.hiddenSize };
  },
};
