import { GMemError } from "@gmem/tensor";
import type { RunConfig } from "../config/schema.ts";
import { openObjective, tokenGrid } from "../open/open-model.ts";
import { discreteOf } from "../open/run-sampler.ts";
import { openBackbone } from "../parts/backbone.ts";
import { needsOf, openConditioner } from "../parts/conditioner.ts";
import { checkEncoder } from "../parts/encoder.ts";
import { latentShape } from "../parts/tokenizer.ts";
import { repaSettings } from "./repa-encoders.ts";

/**
 * Refuses what cannot go together, before an image or a weight is read.
 * @throws {GMemError} code `CONFIG`, or {ShapeError}, naming the setting and what to do.
 */
export async function checkParts(config: RunConfig): Promise<void> {
  const { batch, accumulate, conditioner, textEncoder, encoder, image } = config;
  if (batch % accumulate !== 0)
    throw new GMemError("CONFIG", `accumulate: must divide batch ${batch}, got ${accumulate}; set one of them`);
  const { text, snippets } = needsOf(conditioner);
  if (text && textEncoder === null)
    throw new GMemError("CONFIG", `conditioner: ${conditioner.kind} needs a text encoder, got none; set textEncoder`);
  const latent = await latentShape(config);
  const backbone = await openBackbone(config, latent); // sizes, heads, the block that REPA reads
  openObjective(config, latent);
  discreteOf({ config, model: { backbone }, settings: config.sampler });
  if (config.sampler.cfg !== 1 && conditioner.kind === "class-table")
    (await openConditioner(conditioner, { classes: 1, hiddenSize: backbone.hiddenSize })).nullFeeds?.(1); // or says why not
  if (snippets) await checkEncoder(encoder, { at: "encoder", imageSize: image.size });
  if (!config.objective.repa) return;
  const grid = await tokenGrid(config);
  for (const one of repaSettings(config))
    await checkEncoder(one, { at: "objective.repa", imageSize: image.size, grid });
}
