import type { Params } from "@gmem/spec";
import {
  array,
  type DeviceState,
  type Executable,
  GMemError,
  mapNamed,
  type Named,
  type NDArray,
  stopIfAborted,
  withoutPrefix,
} from "@gmem/tensor";
import type { CheckpointMeta } from "./checkpoint.ts";
import type { CheckpointFolder } from "./checkpoint-folder.ts";
import { emaDecay } from "./ema.ts";
import { followLoss } from "./loss-trend.ts";
import { metricsLine } from "./metrics-line.ts";
import type { MicroSum } from "./micro-sum.ts";
import { NonFiniteError } from "./non-finite-error.ts";
import { adamwScalars } from "./optimizer.ts";
import { schedule } from "./schedule.ts";
import { stackFeeds } from "./step-feeds.ts";
import type { ResolvedOptions } from "./train-options.ts";
import { groups } from "./train-state.ts";
import type { Trainer, TrainStep } from "./trainer.ts";

/** What a trainer is made of, once compiled. */
export interface TrainerParts {
  readonly options: ResolvedOptions;
  readonly state: DeviceState;
  readonly apply: Executable;
  /** Of the micro-batches, before `apply`. */
  readonly micro: MicroSum;
  /** Feeds of the batch of steps from here on, in order. */
  readonly feeds: AsyncIterator<Named<NDArray>>;
  readonly folder?: CheckpointFolder;
  /** Of the step before the first. */
  readonly metrics: CheckpointMeta["metrics"];
  readonly meta: Omit<CheckpointMeta, "bytes" | "metrics">;
}

const maxInARow = 10;
/** From the largest scale of the loss to 1. */
const halvings = 24;

/** Drives the compiled step: feeds in, counters, records and checkpoints out. */
export class CompiledTrainer implements Trainer {
  readonly state: DeviceState;
  readonly #parts: TrainerParts;
  readonly #factor: (step: number) => number;
  #meta: Omit<CheckpointMeta, "bytes" | "metrics">;
  #last: CheckpointMeta["metrics"];
  #next: Promise<Named<NDArray>[]> | undefined;
  #rate = 0;

  constructor(parts: TrainerParts) {
    this.state = parts.state;
    this.#parts = parts;
    this.#meta = parts.meta;
    this.#last = parts.metrics;
    this.#factor = schedule(parts.options.schedule);
  }

  get step(): number {
    return this.#meta.step;
  }

  get metrics(): CheckpointMeta["metrics"] {
    return this.#last;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<TrainStep, void, undefined> {
    const { options, folder } = this.#parts;
    const every = options.checkpoint?.every ?? 500;
    while (this.step < options.steps) {
      stopIfAborted(options.signal, `train: stopped by its signal after step ${this.step}; save() keeps what was done`);
      const records = await this.#run();
      const due = folder !== undefined && (this.step % every === 0 || this.step >= options.steps);
      const last = records.length - 1;
      const evaluation = due ? await options.checkpoint?.evaluate?.(this) : undefined;
      if (evaluation) {
        this.#last = { ...this.#last, ...evaluation };
        records[last] = { ...(records[last] as TrainStep), evaluation };
      }
      await folder?.append(records.map(metricsLine));
      if (due) records[last] = { ...(records[last] as TrainStep), checkpoint: await this.save() };
      yield* records;
    }
  }

  async parameters(which: "ema" | "model"): Promise<Params<NDArray>> {
    const names = Object.keys(this.state.avals).filter((name) => name.startsWith(groups[which]));
    return withoutPrefix(groups[which], await this.state.read(names));
  }

  save(): Promise<string> {
    const { folder } = this.#parts;
    if (!folder) throw new GMemError("CONFIG", "train: save needs a folder, got none; pass checkpoint: { folder }");
    const saved = [groups.model, groups.ema, groups.first, groups.second, groups.scaling];
    const names = Object.keys(this.state.avals).filter((name) => saved.some((prefix) => name.startsWith(prefix)));
    return folder.save(() => this.state.read(names), { ...this.#meta, metrics: this.#last });
  }

  async close(): Promise<void> {
    const { apply, micro, feeds, folder } = this.#parts;
    await this.#next?.catch(() => undefined);
    await feeds.return?.();
    await apply.dispose();
    await micro.dispose();
    await this.state.dispose();
    await folder?.close();
  }

  /** One call of the engine: `stepsPerRun` steps. */
  async #run(): Promise<TrainStep[]> {
    const { options, apply, micro } = this.#parts;
    const { stepsPerRun, steps } = options;
    const began = performance.now();
    const batches = await (this.#next ?? this.#draw());
    // the next batch is drawn while the device works on this one
    this.#next = this.step + stepsPerRun < steps ? this.#draw() : undefined;
    this.#next?.catch(() => undefined); // reported when it is its turn
    const { last, parts: summed } = await micro.sum(batches[0] as Named<NDArray>);
    const scalars = batches.map((_, k) => this.#scalars(k));
    const several = batches.map((batch, k) => ({ ...batch, ...scalars[k] }));
    const fetched = await apply.run(stepsPerRun > 1 ? stackFeeds(several) : { ...last, ...scalars[0] });
    const seconds = (performance.now() - began) / 1000 / stepsPerRun;
    this.#rate = this.#rate === 0 ? 1 / seconds : this.#rate + (1 / seconds - this.#rate) * 0.1;
    const timing = {
      seconds,
      stepsPerSecond: this.#rate,
      imagesPerSecond: options.batchSize / seconds,
      memoryBytes: process.memoryUsage.rss(),
    };
    const records: TrainStep[] = [];
    for (const [k, batch] of batches.entries()) {
      const value = (name: string): number => (fetched[name] as NDArray).data[k] as number;
      const own = withoutPrefix("part/", fetched);
      const parts = mapNamed({ ...summed, ...own }, (_, name) => Number(own[name]?.data[k] ?? 0) + (summed[name] ?? 0));
      const lr = this.#lr(this.step);
      const skipped = value("finite") === 0;
      await this.#count(skipped, batch);
      const { trend, warning } = followLoss(this.#meta.trend, { loss: value("loss"), parts });
      this.#meta = { ...this.#meta, trend };
      const record = {
        step: this.step,
        loss: value("loss"),
        parts,
        gradNorm: value("gradNorm"),
        lr,
        skipped,
        ...(fetched.lossScale ? { lossScale: value("lossScale") } : {}),
        ...(warning === undefined ? {} : { warning }),
        ...timing,
      };
      this.#last = { ...parts, loss: record.loss, gradNorm: record.gradNorm };
      records.push(record);
    }
    return records;
  }

  async #draw(): Promise<Named<NDArray>[]> {
    const drawn: Named<NDArray>[] = [];
    for (let k = 0; k < this.#parts.options.stepsPerRun; k++) {
      const { done, value } = await this.#parts.feeds.next();
      if (done === true)
        throw new GMemError("DATA", `train: needs a batch for each step, got none after step ${this.step + k}`);
      drawn.push(value);
    }
    return drawn;
  }

  #lr(step: number): number {
    return this.#parts.options.optimizer.lr * this.#factor(step);
  }

  /** What the k-th step of a run reads beside its batch. */
  #scalars(k: number): Named<NDArray> {
    const { optimizer, ema } = this.#parts.options;
    const done = this.#meta.updates + k;
    const { lr, correction1, correction2 } = adamwScalars(optimizer, { t: done + 1, lr: this.#lr(this.step + k) });
    const emaRate = array([1 - emaDecay(ema, done)], []);
    return { "host/lr": lr, "host/correction1": correction1, "host/correction2": correction2, "host/emaRate": emaRate };
  }

  async #count(skipped: boolean, feeds: Named<NDArray>): Promise<void> {
    const { options } = this.#parts;
    const { step, updates, skipped: total, skippedInARow } = this.#meta;
    this.#meta = {
      ...this.#meta,
      step: step + 1,
      updates: updates + (skipped ? 0 : 1),
      skipped: total + (skipped ? 1 : 0),
      skippedInARow: skipped ? skippedInARow + 1 : 0,
    };
    const inARow = this.#meta.skippedInARow;
    if (inARow < maxInARow + (options.precision === "f16" ? halvings : 0)) return;
    const dump = await this.#parts.folder?.dump(this.step, feeds);
    throw new NonFiniteError({ step: this.step, inARow, feeds, dump });
  }
}
