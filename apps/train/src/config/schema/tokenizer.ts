import { z } from "zod";
import { byKind } from "./by-kind.ts";
import { file, network } from "./scalars.ts";

const published = {
  /** safetensors or torch, under the original or the diffusers names. */
  weights: file,
  network,
};

const sdVae = z.strictObject({ kind: z.literal("sd-vae"), ...published });

const vaVae = z.strictObject({
  kind: z.literal("va-vae"),
  ...published,
  /** `mean` and `std` of each channel: the `latents_stats.pt` of the published models. */
  statistics: file,
});

const dcAe = z.strictObject({
  kind: z.literal("dc-ae"),
  variant: z.enum(["f32c32", "f64c128", "sana"]).default("f32c32"),
  ...published,
});

export const tokenizer = byKind([z.strictObject({ kind: z.literal("pixels") }), sdVae, vaVae, dcAe]);
