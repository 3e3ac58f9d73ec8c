import type { Batch, Objective, VelocityModel } from "@gmem/spec";
import { key, type Named, type NDArray, sizeOf, stack } from "@gmem/tensor";
import { batchAvals } from "./step-graph.ts";

/** Everything random of one step: keyed by seed and step, so that a resumed run draws what it would have drawn. */
export async function stepFeeds(
  parts: { readonly model: VelocityModel; readonly objective: Objective },
  batch: Batch,
  at: { readonly seed: number; readonly step: number },
): Promise<Named<NDArray>> {
  const { model, objective } = parts;
  const rng = key(at.seed).split("train").split(at.step);
  return {
    ...(await objective.draw(model, batch, rng.split("objective"))),
    ...(await model.conditioner.batch(batch, rng.split("conditioner"))),
  };
}

/** Feeds of a full batch cut into equal micro-batches; what does not grow with the batch goes to each of them whole. */
export function microBatches(
  parts: { readonly model: VelocityModel; readonly objective: Objective },
  feeds: Named<NDArray>,
  counts: { readonly n: number; readonly accumulate: number },
): readonly Named<NDArray>[] {
  const { n, accumulate } = counts;
  if (accumulate === 1) return [feeds];
  const small = batchAvals(parts, n);
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
