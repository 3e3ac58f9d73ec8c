export { type CaptionAdapter, type CaptionAdapterConfig, captionAdapter } from "./caption-adapter.ts";
export { dataAtOne } from "./data-at-one.ts";
export { gvpInterpolant } from "./gvp-interpolant.ts";
export { latentsOf } from "./latents-of.ts";
export { linearInterpolant } from "./linear-interpolant.ts";
export {
  cosineLoss,
  type LossKind,
  type LossWeight,
  type PredictionLossOptions,
  predictionLoss,
  repaLoss,
} from "./losses.ts";
export { type ObjectiveOptions, objective } from "./objective.ts";
export type { ProjectorConfig } from "./projector.ts";
export { type RepaHead, type RepaHeadConfig, repaHead } from "./repa-head.ts";
export { repaAlignment } from "./repa-targets.ts";
export { type AdapterConfig, linearAdapterNames, type SAdapter, type SAdapterConfig, sAdapter } from "./s-adapter.ts";
export { type MaskKind, type SnippetMask, type SnippetMaskOptions, snippetMask } from "./snippet-mask.ts";
export { logitNormalTime, logNormalTime, shiftedTime, type TimeLaw, trainingRange, uniformTime } from "./time-law.ts";
export { type VelocityModelOptions, velocityModel } from "./velocity-model.ts";
export { vpInterpolant } from "./vp-interpolant.ts";
