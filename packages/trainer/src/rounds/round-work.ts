import { setTimeout as wait } from "node:timers/promises";
import { GMemError } from "@gmem/tensor";
import type { TrainStep } from "../trainer.ts";
import type { Leases } from "./leases.ts";
import { joinMeasured } from "./measured.ts";
import { meanOf, type OuterConfig, outerStep } from "./outer-step.ts";
import type { PartWorker } from "./part-worker.ts";
import { leaseKey, type RoundFiles } from "./round-files.ts";

export interface RoundWork {
  readonly files: RoundFiles;
  readonly leases: Leases;
  /** W. */
  readonly workers: number;
  readonly outer: OuterConfig;
  /** Numbers in a flat array. */
  readonly length: number;
  readonly signal: AbortSignal;
  /** Told of each step that is made here. */
  readonly onStep: (part: number, step: TrainStep) => void;
  /** Told of a part that is done, here or elsewhere. */
  readonly onPart: (part: number) => void;
}

const soonest = 20; // ms between two looks at the store
const latest = 1000;

/** Takes parts of a round until the next one begins: those that nobody makes, and those of a process that is silent. */
export async function workOn(round: number, worker: PartWorker, work: RoundWork): Promise<void> {
  const { files, signal } = work;
  let pause = soonest;
  while (!(await files.readStart(round + 1))) {
    if (await takeAny(round, worker, work)) pause = soonest;
    else {
      await wait(pause, undefined, { signal }).catch(() => undefined);
      pause = Math.min(latest, 2 * pause);
    }
    if (signal.aborted) throw new GMemError("ABORTED", `train: stopped by its signal in round ${round + 1}`);
  }
}

/** Makes one part, or joins all of them. @returns whether there was something to do. */
async function takeAny(round: number, worker: PartWorker, work: RoundWork): Promise<boolean> {
  const { files, leases, workers, onPart } = work;
  let done = 0;
  for (let part = 0; part < workers; part++) {
    if (await files.readPart(round, part)) {
      done++;
      onPart(part);
      continue;
    }
    const lease = await leases.claim(leaseKey(round, part));
    if (!lease) continue;
    try {
      if (!(await files.readPart(round, part))) await makePart({ round, part }, worker, work);
    } finally {
      await lease.release();
    }
    onPart(part);
    return true;
  }
  if (done < workers) return false;
  const lease = await leases.claim(leaseKey(round, "join"));
  if (!lease) return false;
  try {
    if (!(await files.readStart(round + 1))) await join(round, work);
  } catch (error) {
    if (!(await files.readStart(round + 1))) throw error; // else another was sooner, and has removed what is not needed now
  } finally {
    await lease.release();
  }
  return true;
}

/** Undefined arrays are of a round that others have left: then there is nothing to do. */
async function makePart(
  { round, part }: { readonly round: number; readonly part: number },
  worker: PartWorker,
  { files, length, signal, onStep }: RoundWork,
): Promise<void> {
  const [model, ema] = [await files.startOf(round, "model"), await files.startOf(round, "ema")];
  const before = round === 0 ? undefined : await files.readPart(round - 1, part);
  const zeros = round === 0 ? new Float32Array(length) : undefined;
  const first = zeros ?? (await files.partOf(round - 1, part, "exp_avg"));
  const second = zeros ?? (await files.partOf(round - 1, part, "exp_avg_sq"));
  if (!model || !ema || !first || !second) return;
  const arrays = { model, ema, exp_avg: first, exp_avg_sq: second };
  const { arrays: ends, end } = await worker.run(
    { round, part, updates: before?.updates ?? 0, arrays },
    { signal, onStep: (step) => onStep(part, step) },
  );
  await files.writePart({ round, part }, ends, end);
}

/** The outer step; what the round before has left is removed. */
async function join(round: number, { files, workers, outer, length }: RoundWork): Promise<void> {
  const model = await files.startOf(round, "model");
  const velocity = round === 0 ? new Float32Array(length) : await files.startOf(round, "velocity");
  if (!model || !velocity) return;
  const ends = await Promise.all(Array.from({ length: workers }, (_, part) => files.readPart(round, part)));
  const measured = joinMeasured(ends.flatMap((end) => (end ? [end.measured] : [])));
  const next = await outerStep({ model, velocity }, endsOf("model"), outer);
  const ema = await meanOf(endsOf("ema"), length);
  await files.writeStart(round + 1, { ...next, ema }, measured);
  if (round > 0) await files.prune(round - 1);

  async function* endsOf(group: "model" | "ema"): AsyncGenerator<Float32Array, void, undefined> {
    for (let part = 0; part < workers; part++) {
      const end = await files.partOf(round, part, group);
      if (!end) throw new GMemError("DATA", `rounds: part ${part} of round ${round} must have ${group}, got none`);
      yield end;
    }
  }
}
