import { GMemError, isGMemError } from "@gmem/tensor";
import type { Trainer, TrainStep } from "@gmem/trainer";

/** Somebody who looks on: a terminal, a report, a server. */
export interface Watch {
  /** After each step; the next one waits. */
  step(step: TrainStep): Promise<void>;
  /** Once: after the last step or a stop, with everything saved, or before an error goes on. */
  end(how: "finished" | "stopped" | "failed", seconds: number): Promise<void>;
}

export interface DriveOptions<T> {
  /** Of the whole run. */
  readonly steps: number;
  readonly watch: Watch | undefined;
  /** Since the beginning. */
  readonly seconds: () => number;
  /** What is made of the last step; the watch's end waits for it. */
  readonly finish: () => Promise<T>;
}

/**
 * Makes the steps that are left, and what comes after them, while somebody looks on.
 * @throws {GMemError} code `ABORTED` when stopped, with everything saved.
 */
export async function drive<T>(trainer: Trainer, { steps, watch, seconds, finish }: DriveOptions<T>): Promise<T> {
  try {
    for await (const step of trainer) await watch?.step(step);
    const result = await finish();
    await watch?.end("finished", seconds());
    return result;
  } catch (error) {
    if (!isGMemError(error, "ABORTED")) {
      await watch?.end("failed", seconds());
      throw error;
    }
    await trainer.save();
    await watch?.end("stopped", seconds());
    throw new GMemError("ABORTED", `run: saved after step ${trainer.step} of ${steps}`, { cause: error });
  }
}
