import type { TrainOptions } from "@gmem/trainer";
import type { RunConfig } from "../config/schema.ts";

/**
 * Settings that a resumed run must keep, under the trainer's names; `config` holds those that it cannot see. Free are names
 * and paths, how long and how often, what is drawn with, and what computes; data is compared by its content.
 */
export function fixedSettings(config: RunConfig) {
  const { batch: batchSize, accumulate, seed, optimizer, schedule, ema, steps } = config;
  const { image, encoder, conditioner, textEncoder, bank, backbone, adapter, objective, start } = config;
  const { onBad: _, ...pictures } = image;
  const own = { image: pictures, encoder, conditioner, textEncoder, bank, backbone, adapter, objective, start };
  return plain({
    batchSize,
    accumulate,
    seed,
    optimizer,
    ema,
    schedule: { ...schedule, steps: schedule.steps ?? steps },
    config: own,
  });
}

type Json = NonNullable<TrainOptions["config"]>;

/** As JSON keeps it. */
const plain = (value: object) => JSON.parse(JSON.stringify(value)) as { readonly config: Json } & Record<string, Json>;
