import type { Dataset, ImageExample } from "@gmem/spec";
import type { NDArray } from "@gmem/tensor";
import { stackImages } from "./load-images.ts";

/** Neighbouring rows of a dataset. */
export interface ExampleBatch {
  readonly rows: Int32Array;
  /** [n,3,H,W], values in [0, 1]. */
  readonly images: NDArray<"f32">;
  readonly examples: readonly ImageExample[];
}

/**
 * Every row from `from` up to `to`, in order; the next batch is opened while one is in use.
 * @throws {ShapeError} if the images of a batch differ in size.
 */
export async function* exampleBatches(
  dataset: Dataset<ImageExample>,
  options: { readonly batchSize: number; readonly from?: number; readonly to?: number },
): AsyncGenerator<ExampleBatch, void, undefined> {
  const { batchSize, from = 0, to = dataset.length } = options;
  const open = (first: number): Promise<ImageExample[]> => {
    const count = Math.max(0, Math.min(batchSize, to - first));
    const opened = Promise.all(Array.from({ length: count }, (_, i) => dataset.at(first + i)));
    opened.catch(() => undefined); // reported when its turn comes
    return opened;
  };
  let next = open(from);
  for (let first = from; first < to; first += batchSize) {
    const examples = await next;
    next = open(first + batchSize);
    yield { rows: Int32Array.from(examples, (_, i) => first + i), images: stackImages(examples), examples };
  }
}
