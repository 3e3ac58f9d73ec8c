import { conditioner } from "@gmem/t2s"; // Figure 4 (d)
import type { NDArray } from "@gmem/tensor";
import { heun, objective, sample, sit, train, velocityModel } from "gmem";
import { runWhenMain, savePictures } from "../output.ts";
import { prepare, usual } from "../prepare.ts";

/** Trains on scenes and draws eight pictures. The four programs of this folder differ in the import of `conditioner` only. */
export async function main(size = usual): Promise<NDArray<"f32">> {
  const { engine, tokenizer, bank, classes, textEncoder, set } = await prepare(size);
  const backbone = sit({ latent: [3, 16, 16], patchSize: 2, depth: 4, hiddenSize: 96, heads: 4 });
  const given = { bank, classes, textEncoder, hiddenSize: backbone.hiddenSize }; // each takes what it needs
  const source = conditioner(given);
  const model = velocityModel({ backbone, conditioner: source, adapter: { kind: "linear", gain: 8 } });
  const settings = { batchSize: 16, steps: size.steps, optimizer: { lr: 3e-3 }, ema: { decay: 0.999, warmup: true } };
  const run = await train({ engine, model, objective: objective(), data: set, ...settings });
  for await (const { step, loss } of run)
    if (step % 100 === 0) process.stderr.write(`step ${step}  loss ${loss.toFixed(3)}\n`);
  const parts = { engine, model, state: run.state.scope("ema/"), tokenizer, solver: heun, steps: 10 };
  const { images } = await sample({ ...parts, request: source.parse(undefined), count: 8, seed: 0 });
  await engine.dispose();
  return images;
}

await runWhenMain(import.meta.url, async () => savePictures("text.png", await main()));
