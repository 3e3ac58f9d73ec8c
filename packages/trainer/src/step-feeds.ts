import type { Batch } from "@gmem/spec";
import { key, type Named, type NDArray, sizeOf, stack } from "@gmem/tensor";
import type { Learner } from "./learner.ts";

/** Everything random of one step: keyed by seed and step, so that a resumed run draws what it would have drawn. */
export const stepFeeds = (
  learner: Pick<Learner, "draw">,
  batch: Batch,
  at: { readonly seed: number; readonly step: number },
): Promise<Named<NDArray>> => learner.draw(batch, key(at.seed).split("train").split(at.step));

/** Feeds of a full batch cut into equal micro-batches; what does not grow with the batch goes to each of them whole. */
export function microBatches(
  learner: Pick<Learner, "feeds">,
  feeds: Named<NDArray>,
  counts: { readonly n: number; readonly accumulate: number },
): readonly Named<NDArray>[] {
  const { n, accumulate } = counts;
  if (accumulate === 1) return [feeds];
  const small = learner.feeds(n);
  return Array.from({ length: accumulate }, (_, k) =>
    Object.fromEntries(
      Object.entries(feeds).map(([name, value]) => {
        const shape = small[name]?.shape ?? value.shape;
        if (sizeOf(shape) === sizeOf(value.shape)) return [name, value];
        const size = sizeOf(shape);
        return [name, { ...value, shape, data: value.data.slice(k * size, (k + 1) * size) } as NDArray];
      }),
    ),
  );
}

/** Feeds of several steps under a new leading axis. */
export function stackFeeds(steps: readonly Named<NDArray>[]): Named<NDArray> {
  const names = Object.keys(steps[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, stack(steps.map((feeds) => feeds[name] as NDArray))]));
}
