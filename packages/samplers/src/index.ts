export { type Ddpm, type DdpmOptions, type DdpmVariance, ddpm } from "./ddpm/ddpm.ts";
export { type DdpmLoss, type DdpmLossOptions, ddpmLoss } from "./ddpm/ddpm-loss.ts";
export { type DdpmObjectiveOptions, ddpmObjective } from "./ddpm/ddpm-objective.ts";
export { type DdpmSamplerOptions, ddpmSampler } from "./ddpm/ddpm-sampler.ts";
export { ancestral, type DdpmMethod, ddim } from "./ddpm/ddpm-step.ts";
export { guidedDenoiser } from "./ddpm/guided-denoiser.ts";
export { type NoiseScheduleKind, noiseSchedule } from "./ddpm/noise-schedule.ts";
export {
  type Denoiser,
  type DenoiserOutput,
  type Gaussian,
  noised,
  posterior,
  predicted,
} from "./ddpm/posterior.ts";
export { type Respacing, respace } from "./ddpm/respace.ts";
export { type DiffusionForm, type DiffusionOptions, diffusion, type StochasticSolver } from "./diffusion.ts";
export { type AdaptiveSolver, type Dopri5Options, dopri5 } from "./dopri5.ts";
export { dpmSolver } from "./dpm-solver.ts";
export { type DrawOptions, drawSamples, type SampleProgress, type SampleResult } from "./draw-samples.ts";
export { euler } from "./euler.ts";
export { eulerMaruyama } from "./euler-maruyama.ts";
export { evaluationTimes } from "./evaluation-times.ts";
export { type Grid, shiftedGrid, uniformGrid } from "./grid.ts";
export { type CfgOptions, cfg, type Guidance, guidedVelocity } from "./guidance.ts";
export { type FinishedSolver, heun, heun2 } from "./heun.ts";
export { heunSde } from "./heun-sde.ts";
export { type Drift, type IntegrateOptions, integrate } from "./integrate.ts";
export type { Keep } from "./keep.ts";
export { type LastStepKind, lastStep } from "./last-step.ts";
export { memoryShape, stepped } from "./memory.ts";
export { noisedAt } from "./noised-at.ts";
export { cost, type PlannedStep, plan, type ScheduleOptions } from "./plan.ts";
export { heun3, midpoint, rk4, rungeKutta, type Tableau } from "./runge-kutta.ts";
export { type SampleOptions, sample } from "./sample.ts";
export { type ParameterSource, type SamplerOptions, sampler } from "./sampler.ts";
export {
  latentName,
  type Sampler,
  type SamplerInput,
  type SamplerLayout,
  type SamplerResult,
  type SamplerStep,
} from "./sampler-contract.ts";
export { type Beginning, beginning, type DrawStart } from "./start/picture-start.ts";
export type { SlotStep, Stepper, StepperOptions, StepperRequest } from "./stepper/contract.ts";
export { stepper } from "./stepper/stepper.ts";
export { type TimeRangeOptions, timeRange } from "./time-range.ts";
