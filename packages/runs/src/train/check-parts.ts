import { GMemError } from "@gmem/tensor";
import type { RunConfig } from "../config/schema.ts";
import { openObjective, tokenGrid } from "../open/open-model.ts";
import { discreteOf } from "../open/run-sampler.ts";
import { openBackbone } from "../parts/backbone.ts";
import { comparesSnippets, needsOf, openConditioner } from "../parts/conditioner.ts";
import { checkEncoder } from "../parts/encoder.ts";
import { latentShape } from "../parts/tokenizer.ts";
import { checkTokens } from "./check-tokens.ts";
import { checkWorkers } from "./check-workers.ts";
import { repaSettings } from "./repa-encoders.ts";

/**
 * Refuses what cannot go together, before an image or a weight is read.
 * @throws {GMemError} code `CONFIG`, or {ShapeError}, naming the setting and what to do.
 */
export async function checkParts(config: RunConfig): Promise<void> {
  const { batch, accumulate, conditioner, textEncoder, encoder, image } = config;
  if (batch % accumulate !== 0)
    throw new GMemError("CONFIG", `accumulate: must divide batch ${batch}, got ${accumulate}; set one of them`);
  checkWorkers(config);
  const { text, snippets } = needsOf(conditioner);
  if (text && textEncoder === null)
    throw new GMemError("CONFIG", `conditioner: ${conditioner.kind} needs a text encoder, got none; set textEncoder`);
  checkText(config);
  await checkTokens(config);
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

/** What learns by comparing texts with snippets moves the text adapter alone, and needs a network that understands snippets. */
function checkText({ conditioner, train, start, objective, image }: RunConfig): void {
  const fail = (text: string): never => {
    throw new GMemError("CONFIG", text);
  };
  const { kind } = conditioner;
  if (train.only === "t2s" && kind !== "t2s" && kind !== "captions")
    fail(`train.only: t2s is for conditioner.kind=t2s or captions, got ${kind}; leave it out`);
  if (kind !== "t2s" && kind !== "captions") return;
  if (image.flip)
    fail(`image.flip: must be false with conditioner.kind=${kind}, for captions say left and right, got true`);
  const compares = kind === "t2s" && comparesSnippets(conditioner);
  if (compares && train.only !== "t2s")
    fail(
      `train.only: must be t2s with conditioner.loss=${conditioner.loss}, which teaches nothing else, got ${train.only}`,
    );
  if (train.only === "t2s" && !start)
    fail(
      "train.only: t2s leaves the network as it is, got none to begin with; give start.run=FOLDER, a run with such a network",
    );
  if (compares && objective.repa)
    fail(`objective.repa: must be null with conditioner.loss=${conditioner.loss}, which draws no picture`);
}
