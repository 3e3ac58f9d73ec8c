export { type FdRandomVggOptions, fdRandomVgg, type ImageDistance, imageStatistics } from "./fd-random-vgg.ts";
export { type FeatureStatistics, featureStatistics, statisticsOf } from "./feature-statistics.ts";
export { type FidFeatures, type FidInception, type FidInceptionOptions, fidInception } from "./fid-inception.ts";
export { frechetDistance } from "./frechet-distance.ts";
export { type HeldOutLoss, type HeldOutLossOptions, heldOutLoss, type MeanLoss } from "./held-out-loss.ts";
export {
  type InceptionFeatures,
  type InceptionResize,
  inceptionFeatures,
  inceptionInput,
  inceptionLogits,
} from "./inception.ts";
export { type InceptionScore, inceptionScore } from "./inception-score.ts";
export { bootstrapInterval, type Interval, type IntervalOptions, wilsonInterval } from "./intervals.ts";
export { type KernelDistance, kernelDistance, kernelSubsets, type SubsetPair } from "./kernel-distance.ts";
export { featureDistance, lpips, lpipsFeatures, type PerceptualDistance } from "./lpips.ts";
export { lpipsNames } from "./lpips-names.ts";
export { type LpipsNetwork, type LpipsNetworkOptions, lpipsNetwork } from "./lpips-network.ts";
export type { LpipsNet } from "./lpips-trunk.ts";
export { type PrecisionRecall, precisionRecall } from "./precision-recall.ts";
export { type RandomVggOptions, randomVgg } from "./random-vgg.ts";
export { decibelsOfMeanError, meanDecibels, peakSignalToNoise } from "./signal-to-noise.ts";
export { type SsimProtocol, type StructuralSimilarityOptions, structuralSimilarity } from "./structural-similarity.ts";
