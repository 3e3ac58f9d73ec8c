export { type LeftOutMetric, metricNames } from "./applicable-metrics.ts";
export {
  type ComparedSide,
  type Comparison,
  compareExtracted,
  type MeasuringOptions,
  usualProtocol,
} from "./compare-extracted.ts";
export { type CompareOptions, compareSets } from "./compare-sets.ts";
export { partLength } from "./compute-part.ts";
export { datasetSource } from "./dataset-source.ts";
export { type ExtractedSet, type ExtractOptions, extractFeatures } from "./extract-features.ts";
export { type CachedPart, type CachedPass, type FeatureCache, featureCache } from "./feature-cache.ts";
export { type FeatureParts, featureParts, type KeepOptions } from "./feature-parts.ts";
export { type PictureFit, pictureFit } from "./fit-picture.ts";
export { type ExtractorName, extractorWeights, type OpenExtractorOptions, openExtractor } from "./open-extractor.ts";
export type { PictureFacts } from "./picture-facts.ts";
export { pictureSource } from "./picture-source.ts";
export type { PictureSource, Pictures, ReadingOptions, ReadingProgress, ReadPicture } from "./pictures.ts";
export { picturesAt } from "./pictures-at.ts";
export { readStatistics, type StoredStatistics, writeStatistics } from "./stored-statistics.ts";
