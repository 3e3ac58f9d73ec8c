import { conditioner, heun, objective, sample, sit, train, velocityModel } from "gmem";
import { prepare, type Size } from "./prepare.ts";

/** A small model conditioned by its bank, trained. */
export async function memoryModel(size: Size) {
  const prepared = await prepare(size);
  const { engine, tokenizer, bank, set } = prepared;
  const source = conditioner({ bank });
  const backbone = sit({ latent: [3, 16, 16], patchSize: 2, depth: 4, hiddenSize: 96, heads: 4 });
  const model = velocityModel({ backbone, conditioner: source, adapter: { kind: "linear", gain: 8 } });
  const settings = { batchSize: 16, steps: size.steps, optimizer: { lr: 3e-3 }, ema: { decay: 0.999, warmup: true } };
  const run = await train({ engine, model, objective: objective(), data: set, ...settings });
  for await (const { step, loss } of run)
    if (step % 100 === 0) process.stderr.write(`step ${step}  loss ${loss.toFixed(3)}\n`);
  const parts = { engine, model, state: run.state.scope("ema/"), tokenizer, solver: heun, steps: 10 };
  return { ...prepared, draw: (request: unknown, count: number) => sample({ ...parts, request, count, seed: 0 }) };
}
