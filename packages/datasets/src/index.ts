export { type BatchOptions, batches } from "./batches.ts";
export { type EncodeDatasetOptions, type EncodedDataset, encodeDataset } from "./encode-dataset.ts";
export { isLabelled, type LabelledDataset } from "./labelled-dataset.ts";
export { loadImages } from "./load-images.ts";
export { type Split, type SplitOptions, split } from "./split.ts";
export { type Subset, subset } from "./subset.ts";
export { type TrainingSetParts, trainingSet } from "./training-set.ts";
