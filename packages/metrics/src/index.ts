export { type ClipScore, clipScore } from "./clip-score.ts";
export { type Dinov2Protocol, dinov2ForMetrics, dinov2MetricInput } from "./dinov2-protocols.ts";
export { featureExtractor } from "./extraction/feature-extractor.ts";
export { type ReadSideOptions, readSide } from "./extraction/read-side.ts";
export {
  type FeatureStatisticsOptions,
  featureStatistics,
  statisticsOf,
} from "./frechet/feature-statistics.ts";
export { type FrechetAgainstSize, frechetAgainstSize } from "./frechet/frechet-against-size.ts";
export { frechetDistance } from "./frechet/frechet-distance.ts";
export { type FrechetIntervalOptions, type FrechetSide, frechetInterval } from "./frechet/group-jackknife.ts";
export { type TransportShare, transportShares } from "./frechet/transport-shares.ts";
export { type HeldOutLoss, type HeldOutLossOptions, heldOutLoss, type MeanLoss } from "./held-out-loss.ts";
export { featureDistance, lpips, lpipsFeatures, type PerceptualDistance } from "./images/lpips.ts";
export { lpipsNames } from "./images/lpips-names.ts";
export { type LpipsNetwork, type LpipsNetworkOptions, lpipsNetwork } from "./images/lpips-network.ts";
export type { LpipsNet } from "./images/lpips-trunk.ts";
export { measureReconstruction, type ReconstructionOptions } from "./images/measure-reconstruction.ts";
export { decibelsOfMeanError, meanDecibels, peakSignalToNoise } from "./images/signal-to-noise.ts";
export {
  type SsimProtocol,
  type StructuralSimilarityOptions,
  structuralSimilarity,
} from "./images/structural-similarity.ts";
export {
  type FidFeatures,
  type FidInception,
  type FidInceptionOptions,
  fidInception,
} from "./inception/fid-inception.ts";
export {
  type InceptionFeatures,
  type InceptionResize,
  inceptionFeatures,
  inceptionInput,
  inceptionLogits,
} from "./inception/inception.ts";
export {
  type InceptionScore,
  type InceptionScoreOptions,
  inceptionScore,
  type Remainder,
} from "./inception/inception-score.ts";
export { bootstrapInterval, type Interval, type IntervalOptions, wilsonInterval } from "./intervals.ts";
export { gaussianDiscrepancy } from "./kernel/gaussian-discrepancy.ts";
export { type KernelDistance, type KernelDistanceOptions, kernelDistance } from "./kernel/kernel-distance.ts";
export { type KernelSubsetsOptions, kernelSubsets, type SubsetPair } from "./kernel/kernel-subsets.ts";
export { type Authenticity, authenticity } from "./neighbours/authenticity.ts";
export { type Memorisation, memorisation } from "./neighbours/memorisation.ts";
export { type NearestRows, nearestRows } from "./neighbours/nearest-rows.ts";
export { type PrecisionRecall, type PrecisionRecallOptions, precisionRecall } from "./neighbours/precision-recall.ts";
export { boxColour } from "./prompts/box-colour.ts";
export {
  checkVerbatim,
  type GenevalFolder,
  type GenevalPrompt,
  genevalFolder,
  genevalPrompts,
} from "./prompts/geneval-prompts.ts";
export { type GenevalScores, genevalScores } from "./prompts/geneval-scores.ts";
export {
  askedClasses,
  type Detection,
  type DetectionVerdict,
  type JudgeOptions,
  judgeDetections,
} from "./prompts/judge-detections.ts";
export { type GroupResults, measureGroups } from "./prompts/measure-groups.ts";
export { type MjhqPrompt, mjhqPrompts } from "./prompts/mjhq-prompts.ts";
export { genevalTasks, type TaskScore, type TaskTable, taskTable } from "./prompts/task-table.ts";
export { builtInMetrics, type MetricName } from "./protocols/built-in-metrics.ts";
export { type MeasureOptions, measure } from "./protocols/measure.ts";
export { printedOptions } from "./protocols/printed-options.ts";
export type {
  KernelProtocol,
  NeighbourProtocol,
  Protocol,
  ProtocolName,
  ScoreProtocol,
} from "./protocols/protocol.ts";
export { protocols } from "./protocols/protocols.ts";
export { type Draws, type Generator, openDraws } from "./random/draws.ts";
export {
  type FdRandomVggOptions,
  fdRandomVgg,
  type ImageDistance,
  imageStatistics,
} from "./random-vgg/fd-random-vgg.ts";
export { type RandomVggOptions, randomVgg } from "./random-vgg/random-vgg.ts";
export { studentInterval } from "./student.ts";
export { type QualityPoint, type UntilQuality, type UntilQualityOptions, untilQuality } from "./until-quality.ts";
