import { type ClipConfig, clip, clipB16, clipB32, clipL14 } from "@gmem/encoders/clip";
import { readWeights } from "@gmem/weights";
import { z } from "zod";
import { file, network } from "../../config/scalars.ts";
import type { EncoderKind } from "../encoder-kind.ts";
import { encoderFile } from "./published.ts";

const variants = { "vit-b/32": clipB32, "vit-b/16": clipB16, "vit-l/14": clipL14 } as const;

const schema = z.strictObject({
  kind: z.literal("clip").describe("CLIP, published weights."),
  variant: z.enum(["vit-b/32", "vit-b/16", "vit-l/14"]).default("vit-l/14").describe("Size and patch."),
  weights: file,
  network,
});

const configOf = ({ variant, network: changes }: z.output<typeof schema>): ClipConfig => ({
  ...variants[variant],
  ...changes,
});

export const clipKind: EncoderKind<typeof schema> = {
  schema,
  async open(settings, { engine, ...options }) {
    const { tensors: weights } = await readWeights(await encoderFile(settings, options));
    return clip(configOf(settings), { engine, weights });
  },
  widths(settings) {
    const { dim, vision } = configOf(settings);
    return { dim, tokens: vision.hiddenSize };
  },
};
