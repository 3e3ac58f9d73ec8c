import { heldOutLoss } from "@gmem/metrics";
import { train } from "@gmem/trainer";
import { type Kind, photographs } from "./photographs.ts";

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

/** The preset cifar-nano with a bank, a class table and nothing, over seeds: what is learned in how many steps. */
export async function* study(options: Study): AsyncGenerator<Look> {
  const { kinds, seeds, steps, lossEvery, distanceEvery, samples } = options;
  const shared = await photographs(options.data);
  const { engine, config, objective, train: data, heldOut: set } = shared;
  const { batch: batchSize, optimizer, schedule, ema } = config;
  for (const seed of seeds)
    for (const kind of kinds) {
      const model = await shared.modelOf(kind);
      const run = await train({ engine, model, data, objective, steps, seed, batchSize, optimizer, schedule, ema });
      const parameters = run.state.scope("ema/");
      for await (const { step } of run) {
        if (step % lossEvery !== 0) continue;
        const { all, noisy } = await heldOutLoss({ engine, model, parameters, set, times: 10 });
        const look = { kind, seed, step, loss: all.mean, noisy: noisy.mean };
        const isMeasured = distanceEvery > 0 && step % distanceEvery === 0;
        yield isMeasured ? { ...look, distance: await shared.distance(model, parameters, samples) } : look;
      }
      await run.close();
    }
  await shared.close();
}
