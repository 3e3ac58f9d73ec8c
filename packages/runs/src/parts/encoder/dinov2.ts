import { type Dinov2Config, dinov2, dinov2B, dinov2G, dinov2L, dinov2S } from "@gmem/encoders/dinov2";
import { z } from "zod";
import { file, network } from "../../config/scalars.ts";
import type { EncoderKind } from "../encoder-kind.ts";
import { encoderWeights, sayIgnored } from "./published.ts";

const variants = { "vit-s/14": dinov2S, "vit-b/14": dinov2B, "vit-l/14": dinov2L, "vit-g/14": dinov2G } as const;

const schema = z.strictObject({
  kind: z.literal("dinov2").describe("DINOv2, published weights."),
  variant: z.enum(["vit-s/14", "vit-b/14", "vit-l/14", "vit-g/14"]).default("vit-b/14").describe("Size and patch."),
  registers: z.number().int().min(0).default(0).describe("Register tokens: 4 in the checkpoints that have them."),
  weights: file,
  network,
});

function configOf({ variant, registers, network: changes }: z.output<typeof schema>): Dinov2Config {
  const published = variants[variant];
  const name = registers > 0 ? `${published.name}-reg` : published.name;
  return { ...published, name, registers, ...changes };
}

export const dinov2Kind: EncoderKind<typeof schema> = {
  schema,
  async open(settings, { engine, ...options }) {
    const encoder = dinov2(configOf(settings), { engine, weights: await encoderWeights(settings, options) });
    sayIgnored(encoder, options);
    return encoder;
  },
  widths(settings) {
    const { hiddenSize } = configOf(settings);
    return { dim: hiddenSize, tokens: hiddenSize };
  },
};
