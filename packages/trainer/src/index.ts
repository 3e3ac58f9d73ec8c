export {
  type BestMetric,
  bestCheckpoint,
  type Checkpoint,
  type CheckpointMeta,
  damagedCheckpoints,
  type Json,
  listCheckpoints,
  readCheckpoint,
} from "./checkpoint.ts";
export { guardDisk } from "./disk-full.ts";
export { type EmaConfig, ema, emaDecay, emaDefaults } from "./ema.ts";
export { frozenBut } from "./frozen-but.ts";
export { type Learner, velocityLearner } from "./learner.ts";
export { comparableMetrics } from "./metrics-log.ts";
export { NonFiniteError } from "./non-finite-error.ts";
export {
  type AdamWConfig,
  type AdamWInputs,
  type AdamWOutputs,
  type AdamWScalars,
  adamw,
  adamwDefaults,
  adamwScalars,
} from "./optimizer.ts";
export { checkSameSettings } from "./resume-identity.ts";
export { type OuterConfig, outerDefaults, outerStep } from "./rounds/outer-step.ts";
export type { RoundsProgress } from "./rounds/rounds-trainer.ts";
export { type RoundsOptions, trainRounds } from "./rounds/train-rounds.ts";
export { lockRun, type RunLock } from "./run-lock.ts";
export { constantRate, type ScheduleConfig, schedule } from "./schedule.ts";
export { gradientGraph } from "./shared-graphs.ts";
export { accumulateGraph, type StepGraphOptions, stepGraph } from "./step-graph.ts";
export { train, trainLearner } from "./train.ts";
export type { CheckpointOptions, LearnerOptions, TrainOptions } from "./train-options.ts";
export { initialState, type Precision, type StateOptions, stateAvals } from "./train-state.ts";
export type { Trainer, TrainStep } from "./trainer.ts";
