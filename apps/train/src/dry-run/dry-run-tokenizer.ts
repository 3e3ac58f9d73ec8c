import { trainingSet } from "@gmem/datasets";
import { openEngine } from "@gmem/runs";
import { openPictures, openTokenizerLearner, type TokenizerConfig } from "@gmem/runs/tokenizer";
import { key } from "@gmem/tensor";
import { work } from "../terminal.ts";
import { gpuNamed } from "./gpus.ts";
import { type SayCostsOptions, sayCosts } from "./say-costs.ts";
import { stepCost, timedBatch } from "./step-cost.ts";
import { timedStep } from "./timed-step.ts";

/** Traces the train step of a tokenizer and says what training will take, as of a run; writes nothing. */
export async function dryRunTokenizer(config: TokenizerConfig, options: SayCostsOptions): Promise<void> {
  gpuNamed(options.gpu);
  const learner = await openTokenizerLearner(config, work());
  const { train, heldOut, data } = await openPictures(config, {});
  const images = { train: train.length, heldOut: heldOut.length, facts: data };
  const cost = stepCost(config, learner);
  const n = timedBatch(config, cost);
  const engine = await openEngine(config.engine);
  try {
    const data = trainingSet({ latents: key(config.seed).uniform([Math.max(n, 1), ...learner.latent]) });
    const seconds = n === 0 ? undefined : await timedStep(config, { engine, learner, data, n });
    sayCosts(config, { images, cost, n, seconds }, options);
  } finally {
    await engine.dispose();
  }
}
