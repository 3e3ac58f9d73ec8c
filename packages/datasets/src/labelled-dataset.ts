import type { Dataset } from "@gmem/spec";

/** A dataset that knows its labels without opening its examples. */
export interface LabelledDataset<Example> extends Dataset<Example> {
  /** Class of each example, [length]. */
  readonly labels: Int32Array;
  /** Class names in label order. */
  readonly classes: readonly string[];
}

/** True if a dataset carries labels for all of its examples. */
export const isLabelled = <Example>(dataset: Dataset<Example>): dataset is LabelledDataset<Example> =>
  "labels" in dataset && dataset.labels instanceof Int32Array && dataset.labels.length === dataset.length;
