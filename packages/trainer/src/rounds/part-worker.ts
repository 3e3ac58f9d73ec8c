import {
  type DeviceState,
  type Engine,
  type Executable,
  mapNamed,
  type Named,
  type NDArray,
  prefixed,
} from "@gmem/tensor";
import { CompiledTrainer } from "../compiled-trainer.ts";
import { drawFeeds } from "../draw-feeds.ts";
import { type MicroSum, sumInTurn } from "../micro-sum.ts";
import { stepGraph } from "../step-graph.ts";
import type { ResolvedOptions } from "../train-options.ts";
import { accumulators, trainable } from "../train-state.ts";
import type { TrainStep } from "../trainer.ts";
import { flatten, unflatten } from "./flat.ts";
import { measure } from "./measured.ts";
import type { Group, PartEnd } from "./round-files.ts";

/** One part of a round, and what it begins with. */
export interface PartStart {
  readonly round: number;
  readonly part: number;
  /** Updates that the part has made in earlier rounds. */
  readonly updates: number;
  readonly arrays: Readonly<Record<Exclude<Group, "velocity">, Float32Array>>;
}

export interface PartOptions {
  readonly options: ResolvedOptions;
  /** W, the parts of a round. */
  readonly workers: number;
  /** H, the steps of a part. */
  readonly innerSteps: number;
}

/** What a part has come to. */
export interface PartResult {
  readonly arrays: PartStart["arrays"];
  readonly end: PartEnd;
}

const kept = ["model", "ema", "exp_avg", "exp_avg_sq"] as const;

/** An engine that computes parts of rounds, one after the other. */
export class PartWorker {
  readonly state: DeviceState;
  readonly #parts: PartOptions;
  readonly #apply: Executable;
  readonly #micro: MicroSum;

  private constructor(
    parts: PartOptions,
    on: { readonly state: DeviceState; readonly apply: Executable; readonly micro: MicroSum },
  ) {
    this.#parts = parts;
    this.state = on.state;
    this.#apply = on.apply;
    this.#micro = on.micro;
  }

  /** @param start the whole state of a run, of which parts replace what moves. */
  static async open(engine: Engine, parts: PartOptions, start: Named<NDArray>): Promise<PartWorker> {
    const options = { ...parts.options, engine };
    const { learner, batchSize, accumulate } = options;
    const state = await engine.state({ ...start, ...accumulators(learner, { accumulates: accumulate > 1 }) });
    try {
      const apply = await engine.compile(stepGraph({ ...options, n: batchSize / accumulate }), { state });
      return new PartWorker(parts, { state, apply, micro: await sumInTurn(options, state) });
    } catch (error) {
      await state.dispose();
      throw error;
    }
  }

  /**
   * Makes the steps of a part: those of batches (rW + i)H, …, which no other part takes.
   * @param onStep is told of each.
   */
  async run(
    start: PartStart,
    { signal, onStep }: { readonly signal: AbortSignal; readonly onStep: (step: TrainStep) => void },
  ): Promise<PartResult> {
    const { options, workers, innerSteps } = this.#parts;
    const { learner, seed } = options;
    const { round, part } = start;
    await this.write(start.arrays);
    const { checkpoint: _, ...inner } = options;
    const feeds = drawFeeds(options, (round * workers + part) * innerSteps);
    const before = round * innerSteps;
    const trainer = new CompiledTrainer({
      options: { ...inner, steps: before + innerSteps, signal },
      state: this.state,
      apply: this.#apply,
      micro: this.#micro,
      feeds,
      metrics: {},
      meta: {
        ...{ step: before, updates: start.updates, skipped: 0, skippedInARow: 0, trend: undefined, seed },
        ...{ config: {}, dataId: "", versions: {} },
      },
    });
    const steps: TrainStep[] = [];
    try {
      for await (const step of trainer) {
        steps.push(step);
        onStep(step);
      }
    } finally {
      await feeds.return();
    }
    const moved = trainable(learner, learner.avals());
    const names = kept.flatMap((group) => Object.keys(prefixed(`${group}/`, moved)));
    const values = await this.state.read(names);
    const measured = measure(steps);
    return {
      arrays: mapNamed({ model: "", ema: "", exp_avg: "", exp_avg_sq: "" }, (_, group) =>
        flatten(prefixed(`${group}/`, moved), values),
      ) as PartStart["arrays"],
      end: { updates: start.updates + innerSteps - measured.skipped, measured },
    };
  }

  /** Replaces groups of what moves. */
  async write(arrays: Partial<Record<Group, Float32Array>>): Promise<void> {
    const { learner } = this.#parts.options;
    const moved = trainable(learner, learner.avals());
    for (const [group, flat] of Object.entries(arrays))
      await this.state.write(unflatten(prefixed(`${group}/`, moved), flat));
  }

  async close(): Promise<void> {
    await this.#apply.dispose();
    await this.#micro.dispose();
    await this.state.dispose();
  }
}
