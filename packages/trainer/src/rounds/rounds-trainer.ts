import type { Params } from "@gmem/spec";
import { type DeviceState, GMemError, type Named, type NDArray, prefixed, withoutPrefix } from "@gmem/tensor";
import type { CheckpointMeta } from "../checkpoint.ts";
import type { CheckpointFolder } from "../checkpoint-folder.ts";
import { metricsLine } from "../metrics-line.ts";
import { schedule } from "../schedule.ts";
import { groups, trainable } from "../train-state.ts";
import type { Trainer, TrainStep } from "../trainer.ts";
import { unflatten } from "./flat.ts";
import type { PartOptions, PartWorker } from "./part-worker.ts";
import type { Measured, RoundFiles } from "./round-files.ts";
import { type RoundWork, workOn } from "./round-work.ts";

type Meta = Omit<CheckpointMeta, "bytes" | "metrics">;

/** What a trainer of rounds is made of, once opened. */
export interface RoundsParts extends PartOptions {
  readonly files: RoundFiles;
  readonly workers: number;
  /** One for each engine of this process; the first shows what there is between rounds. */
  readonly hands: readonly [PartWorker, ...PartWorker[]];
  readonly work: Omit<RoundWork, "signal" | "onStep" | "onPart">;
  /** `model/…` and `ema/…` before the first round that is made or joined here. */
  readonly start: Named<NDArray>;
  readonly folder?: CheckpointFolder;
  readonly metrics: CheckpointMeta["metrics"];
  readonly meta: Meta;
  readonly onProgress?: ((progress: RoundsProgress) => void) | undefined;
}

/** How far a run of rounds is, while a round is made. */
export interface RoundsProgress {
  /** Whole steps, of which those within a round are the mean of its parts'. */
  readonly done: number;
  readonly total: number;
  readonly note: string;
}

/** Makes rounds with whoever shares the store: one record for each. */
export class RoundsTrainer implements Trainer {
  readonly #parts: RoundsParts;
  /** What there is between two rounds, `model/…` and `ema/…`. */
  #between: Named<NDArray>;
  #meta: Meta;
  #last: CheckpointMeta["metrics"];

  constructor(parts: RoundsParts) {
    this.#parts = parts;
    this.#meta = parts.meta;
    this.#last = parts.metrics;
    this.#between = parts.start;
  }

  get state(): DeviceState {
    return this.#parts.hands[0].state;
  }

  get step(): number {
    return this.#meta.step;
  }

  get metrics(): CheckpointMeta["metrics"] {
    return this.#last;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<TrainStep, void, undefined> {
    const { options, folder, innerSteps } = this.#parts;
    const every = options.checkpoint?.every ?? 500;
    while (this.step < options.steps) {
      const began = performance.now();
      const round = this.step / innerSteps;
      await this.#make(round);
      const records = await this.#catchUp(round);
      const seconds = (performance.now() - began) / 1000 / (records.length * innerSteps);
      let last = this.#timed(records.at(-1) as TrainStep, seconds);
      const due = folder !== undefined && (this.step % every === 0 || this.step >= options.steps);
      const evaluation = due ? await options.checkpoint?.evaluate?.(this) : undefined;
      if (evaluation) {
        this.#last = { ...this.#last, ...evaluation };
        last = { ...last, evaluation };
      }
      await folder?.append([...records.slice(0, -1), last].map(metricsLine));
      yield due ? { ...last, checkpoint: await this.save() } : last;
    }
  }

  async parameters(which: "ema" | "model"): Promise<Params<NDArray>> {
    return withoutPrefix(groups[which], this.#between);
  }

  async save(): Promise<string> {
    const { folder } = this.#parts;
    if (!folder) throw new GMemError("CONFIG", "train: save needs a folder, got none; pass checkpoint: { folder }");
    return folder.save(async () => this.#between, { ...this.#meta, metrics: this.#last });
  }

  async close(): Promise<void> {
    for (const hand of this.#parts.hands) await hand.close();
    await this.#parts.folder?.close();
  }

  /** All engines of this process take parts until the next round begins; one that fails stops the others. */
  async #make(round: number): Promise<void> {
    const { hands, work, options, innerSteps, workers, onProgress } = this.#parts;
    const stop = new AbortController();
    const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
    const made = new Array<number>(workers).fill(0);
    const tell = (part: number, steps: number, note: string): void => {
      if ((made[part] as number) >= steps) return;
      made[part] = steps;
      const done = this.step + Math.floor(made.reduce((sum, n) => sum + n, 0) / workers);
      onProgress?.({ done, total: options.steps, note: `round ${round + 1} of ${options.steps / innerSteps}${note}` });
    };
    const all: RoundWork = {
      ...work,
      signal,
      onStep: (part, { step, loss }) => tell(part, step - this.step, `, part ${part + 1}: loss ${loss.toFixed(4)}`),
      onPart: (part) => tell(part, innerSteps, ""),
    };
    const ends = await Promise.allSettled(
      hands.map((hand) =>
        workOn(round, hand, all).catch((error: unknown) => {
          stop.abort();
          throw error;
        }),
      ),
    );
    const failed = ends.filter((end) => end.status === "rejected");
    const first = failed.find(({ reason }) => (reason as { code?: unknown }).code !== "ABORTED") ?? failed[0];
    if (first) throw first.reason;
  }

  /** Goes to the newest round that begins: a record of each one before it. */
  async #catchUp(from: number): Promise<TrainStep[]> {
    const { files, innerSteps, options } = this.#parts;
    const records: TrainStep[] = [];
    const rounds = options.steps / innerSteps;
    let round = from;
    for (let found = await files.readStart(round + 1); found; found = await files.readStart(round + 1)) {
      round++;
      records.push(this.#record(round, found));
      if (round === rounds) break;
    }
    const start = await this.#read(round);
    if (!start) return this.#catchUp(from); // the others are further by now
    this.#between = { ...this.#between, ...start };
    await this.state.write(start);
    const { loss, parts, gradNorm } = records.at(-1) as TrainStep;
    this.#last = { ...parts, loss, gradNorm };
    const skipped = records.reduce((sum, record) => sum + (record.skipped ? 1 : 0), this.#meta.skipped);
    this.#meta = { ...this.#meta, step: round * innerSteps, updates: round * innerSteps, skipped };
    return records;
  }

  async #read(round: number): Promise<Named<NDArray> | undefined> {
    const { files, options } = this.#parts;
    const moved = trainable(options.learner, options.learner.avals());
    const found: Named<NDArray>[] = [];
    for (const group of ["model", "ema"] as const) {
      const flat = await files.startOf(round, group);
      if (!flat) return undefined;
      found.push(unflatten(prefixed(`${group}/`, moved), flat));
    }
    return Object.assign({}, ...found) as Named<NDArray>;
  }

  #record(round: number, { loss, parts, gradNorm, skipped }: Measured): TrainStep {
    const { options, innerSteps, workers } = this.#parts;
    const step = round * innerSteps;
    const number = (value: number | null): number => value ?? Number.NaN;
    const record = {
      step,
      loss: number(loss),
      parts: Object.fromEntries(Object.entries(parts).map(([name, value]) => [name, number(value)])),
      gradNorm: number(gradNorm),
      lr: options.optimizer.lr * schedule(options.schedule)(step - 1),
      skipped: skipped > 0,
      ...(skipped > 0
        ? {
            warning: `${skipped} of ${workers * innerSteps} steps of round ${round} were skipped: loss or gradient not finite`,
          }
        : {}),
    };
    return this.#timed(record, 0);
  }

  #timed(
    record: Omit<TrainStep, "seconds" | "stepsPerSecond" | "imagesPerSecond" | "memoryBytes">,
    seconds: number,
  ): TrainStep {
    const { options, workers } = this.#parts;
    return {
      ...record,
      seconds,
      stepsPerSecond: seconds > 0 ? 1 / seconds : 0,
      imagesPerSecond: seconds > 0 ? (options.batchSize * workers) / seconds : 0,
      memoryBytes: process.memoryUsage.rss(),
    };
  }
}
