import type { TrainingSet } from "@gmem/spec";
import type { Engine } from "@gmem/tensor";
import { type Learner, type LearnerOptions, trainLearner } from "@gmem/trainer";

const timedSteps = 3;

interface TimedStepParts {
  readonly engine: Engine;
  /** More engines, as many as the run has workers beside the first. */
  readonly engines?: readonly Engine[];
  readonly learner: Learner;
  readonly data: TrainingSet;
  /** Samples of a part of the step that is made: each engine takes one. */
  readonly n: number;
}

/** Seconds of a step over the whole batch, by the fastest of a few over n samples. */
export async function timedStep(
  { batch, optimizer, ema }: Required<Pick<LearnerOptions, "optimizer" | "ema">> & { readonly batch: number },
  { n, engines = [], ...parts }: TimedStepParts,
): Promise<number> {
  const accumulate = 1 + engines.length;
  const batchSize = n * accumulate;
  const sizes = { steps: timedSteps, batchSize, accumulate };
  const trainer = await trainLearner({ ...parts, ...sizes, engines, optimizer, ema });
  let fastest = Number.POSITIVE_INFINITY;
  for await (const { seconds } of trainer) fastest = Math.min(fastest, seconds);
  await trainer.close();
  return fastest * (batch / batchSize);
}
