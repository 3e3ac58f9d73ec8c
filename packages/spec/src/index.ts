export type { Backbone, ContextBackbone, ContextTokens, LatentShape, Params } from "./backbone.ts";
export type { Conditioner } from "./conditioner.ts";
export type { Batch, Dataset, ImageExample, LatentBatch, LatentTrainingSet, TrainingSet } from "./dataset.ts";
export type { FeatureExtractor, ImageFeatures } from "./feature-extractor.ts";
export type { Encoder, Tokenizer, TracedNetwork } from "./image.ts";
export type { MemoryBank } from "./memory-bank.ts";
export type {
  FeatureStatistics,
  ImageFacts,
  Metric,
  MetricContext,
  MetricInput,
  MetricNumber,
  MetricResult,
  MetricSide,
  MetricSides,
} from "./metric.ts";
export type { Interpolant, Prediction, Solver, TokenProjector, Velocity, VelocityModel } from "./model.ts";
export type { Objective } from "./objective.ts";
export type { ConditionerNeeds, Origin, Part, PartContexts, Parts } from "./part.ts";
export type {
  FailedTask,
  Queue,
  QueueCounts,
  QueueHandler,
  QueueTask,
  QueueWorker,
  QueueWorkOptions,
} from "./queue.ts";
export type { ByteRange, Store, StoredObject } from "./store.ts";
export type { TextEncoder, TextTokens } from "./text-encoder.ts";
