import type { TrainingSet } from "@gmem/spec";
import type { Engine } from "@gmem/tensor";
import { type Learner, type LearnerOptions, trainLearner } from "@gmem/trainer";

const timedSteps = 3;

interface TimedStepParts {
  readonly engine: Engine;
  readonly learner: Learner;
  readonly data: TrainingSet;
  /** Samples of a step that is made. */
  readonly n: number;
}

/** Seconds of a step over the whole batch, by the fastest of a few over n samples. */
export async function timedStep(
  { batch, optimizer, ema }: Required<Pick<LearnerOptions, "optimizer" | "ema">> & { readonly batch: number },
  { n, ...parts }: TimedStepParts,
): Promise<number> {
  const trainer = await trainLearner({ ...parts, steps: timedSteps, batchSize: n, optimizer, ema });
  let fastest = Number.POSITIVE_INFINITY;
  for await (const { seconds } of trainer) fastest = Math.min(fastest, seconds);
  await trainer.close();
  return fastest * (batch / n);
}
