import { GMemError } from "@gmem/tensor";
import { type Checkpoint, checkSameSettings, type TrainOptions } from "@gmem/trainer";
import type { RunConfig } from "../config/schema.ts";

/**
 * Settings that a resumed run must keep, under the trainer's names; `config` holds those that it cannot see. Free are names
 * and paths, how long and how often, what is drawn with, and what computes; data is compared by its content.
 */
export function fixedSettings(config: RunConfig) {
  const { image, tokenizer, encoder, conditioner, textEncoder, bank, backbone, adapter, objective, train, start } =
    config;
  const { onBad: _, ...pictures } = image;
  const own = { image: pictures, encoder, conditioner, textEncoder, bank, backbone, adapter, objective, start };
  const trained = tokenizer.kind === "trained" && { tokenizer: { kind: tokenizer.kind, id: tokenizer.id } };
  const moves = train.only !== "all" && { train }; // checkpoints from before there was a choice have none
  return fixedOf(config, { ...own, ...trained, ...moves, ...roundsOf(config) });
}

/** The number of workers is free where they change no bits. */
function roundsOf({ exchange, workers, rounds }: RunConfig) {
  const { store: _, ...settings } = rounds;
  return exchange === "rounds" && { workers, rounds: settings };
}

/** Those of the trainer, with what the caller adds as `config`. */
export function fixedOf(settings: TrainerSettings, config: object) {
  const { batch: batchSize, accumulate, seed, optimizer, schedule, ema, steps } = settings;
  const length = { ...schedule, steps: schedule.steps ?? steps };
  return plain({ batchSize, accumulate, seed, optimizer, ema, schedule: length, config });
}

type TrainerSettings = Pick<RunConfig, "batch" | "accumulate" | "seed" | "optimizer" | "schedule" | "ema" | "steps">;
/** What a resumed training must keep, before an image is read. @throws {GMemError} code `CONFIG` */
export function checkGoesOn(
  latest: Checkpoint,
  {
    settings,
    steps,
    folder,
  }: { readonly settings: ReturnType<typeof fixedOf>; readonly steps: number; readonly folder: string },
): void {
  checkSameSettings(latest, settings);
  if (steps < latest.meta.step)
    throw new GMemError(
      "CONFIG",
      `steps: must be at least the ${latest.meta.step} that ${folder} has made, got ${steps}; steps are those of the whole run`,
    );
}

/** Beginnings of the names of the parameters that a run moves; undefined: all. */
export const movedBy = ({ train }: Pick<RunConfig, "train">): readonly string[] | undefined =>
  train.only === "t2s" ? ["t2s."] : undefined;

type Json = NonNullable<TrainOptions["config"]>;

/** As JSON keeps it. */
const plain = (value: object) => JSON.parse(JSON.stringify(value)) as { readonly config: Json } & Record<string, Json>;
