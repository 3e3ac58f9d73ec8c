import { conditioner as classTable } from "@gmem/class-table";
import { trainingSet } from "@gmem/datasets";
import { heldOutLoss } from "@gmem/metrics";
import type { Conditioner } from "@gmem/spec";
import { conditioner as unconditional } from "@gmem/unconditional";
import { conditioner as memoryBank, objective, sit, snippetMask, train, velocityModel } from "gmem";
import { photographs } from "./photographs.ts";

/** Which runs, and how often they are looked at. */
export interface Study {
  readonly data: string;
  readonly kinds: readonly Kind[];
  readonly seeds: readonly number[];
  readonly steps: number;
  /** Steps between held-out losses. */
  readonly lossEvery: number;
  /** Steps between Fréchet distances; 0 for none. */
  readonly distanceEvery: number;
  /** Samples of a distance. */
  readonly samples: number;
}

export type Kind = "snippet" | "class" | "none";

/** One look at one run. */
export interface Look {
  readonly kind: Kind;
  readonly seed: number;
  readonly step: number;
  readonly loss: number;
  /** Held-out loss at t ≥ 0.5. */
  readonly noisy: number;
  /** FD-random-vgg. */
  readonly distance?: number;
}

const conditioners = { snippet: memoryBank, class: classTable, none: unconditional } as const;

/** The preset cifar-nano with a bank, a class table and nothing, over seeds: what is learned in how many steps. */
export async function* study({
  data,
  kinds,
  seeds,
  steps,
  lossEvery,
  distanceEvery,
  samples,
}: Study): AsyncGenerator<Look> {
  const { engine, preset, backbone, size, classes, seen, unseen, distance } = await photographs(data);
  const { bank } = seen;
  const set = trainingSet({ ...seen, snippets: (rows) => bank.at(rows) });
  const heldOut = trainingSet({ ...unseen, snippets: (rows) => unseen.bank.at(rows) });
  for (const seed of seeds)
    for (const kind of kinds) {
      const source = conditioners[kind]({ bank, classes, hiddenSize: backbone.hiddenSize }) as Conditioner;
      const model = velocityModel({
        backbone: sit({ ...backbone, latent: [3, size, size] }),
        conditioner: source,
        adapter: preset.adapter,
      });
      const { optimizer, schedule, ema } = preset;
      const run = await train({
        ...{ engine, model, data: set, steps, seed, batchSize: preset.batch, optimizer, ema },
        ...(schedule ? { schedule } : {}),
        objective: objective({ mask: snippetMask(preset.objective.mask) }),
      });
      const parameters = run.state.scope("ema/");
      for await (const { step } of run) {
        if (step % lossEvery !== 0) continue;
        const { all, noisy } = await heldOutLoss({ engine, model, parameters, set: heldOut, times: 10 });
        const look = { kind, seed, step, loss: all.mean, noisy: noisy.mean };
        const isMeasured = distanceEvery > 0 && step % distanceEvery === 0;
        yield isMeasured ? { ...look, distance: await distance(model, parameters, samples) } : look;
      }
      await run.close();
    }
  await engine.dispose();
}
