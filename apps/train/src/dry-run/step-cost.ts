import { availableMemory, estimateMemory } from "@gmem/engine-onnx";
import { flops } from "@gmem/tensor";
import { gradientGraph, type Learner, type StepGraphOptions, stepGraph } from "@gmem/trainer";
import { parameterCount } from "../parameter-count.ts";

/** What one train step takes, by its graph alone. */
export interface StepCost {
  readonly parameters: number;
  /** Of them, those that are not frozen. */
  readonly moved: number;
  /** Of one optimizer step over the whole batch. */
  readonly flops: number;
  /** Bytes of the step as the configuration splits it, in all workers. */
  readonly memory: number;
  /** Bytes of gradients and parameters that go from worker to worker in a step; 0 of one alone. */
  readonly exchanged: number;
  /** Bytes of a step over n samples at once. */
  memoryOf(n: number): number;
}

/** Of a configuration, what decides the size of a step. */
export type StepSize = Pick<StepGraphOptions, "optimizer" | "accumulate"> & {
  readonly batch: number;
  /** Default 1. */
  readonly workers?: number;
};

/** Traces the step at the sizes that are asked about; nothing is computed. */
export function stepCost(config: StepSize, learner: Learner): StepCost {
  const { batch, accumulate, optimizer, workers = 1 } = config;
  const known = new Map<number, { readonly memory: number; readonly flops: number }>();
  const at = (n: number): { readonly memory: number; readonly flops: number } => {
    const before = known.get(n);
    if (before) return before;
    const graph = stepGraph({ learner, optimizer, n, accumulate: n < batch ? 2 : 1 });
    const found = { memory: estimateMemory(graph).total, flops: flops(graph) };
    known.set(n, found);
    return found;
  };
  const own = at(batch / accumulate);
  const others = workers - 1;
  const peer = (): number =>
    estimateMemory(gradientGraph({ learner, optimizer, n: batch / accumulate, accumulate })).total;
  const frozen = new Set(learner.frozen);
  const moved = parameterCount(learner, (name) => !frozen.has(name));
  return {
    parameters: parameterCount(learner),
    moved,
    flops: own.flops * accumulate,
    memory: own.memory + (others > 0 ? others * peer() : 0),
    exchanged: 4 * moved * (others + (others * accumulate) / workers),
    memoryOf: (n) => at(n).memory,
  };
}

/** Samples of a step that this machine can be timed on: those that fit its memory and take seconds at most; 0 where one is too much. */
export function timedBatch({ batch, accumulate, workers = 1 }: StepSize, cost: StepCost): number {
  const affordable = 2e11; // operations; two slow cores make 3e10 a second
  let n = batch / accumulate;
  const isMore = (): boolean => workers * cost.memoryOf(n) > 0.7 * availableMemory(); // none needs more than a whole step
  while (n > 1 && (isMore() || (cost.flops / batch) * n > affordable)) n = Math.floor(n / 2);
  return isMore() || (cost.flops / batch) * n > 5 * affordable ? 0 : n;
}
