import type { Run } from "@gmem/runs";
import type { NDArray } from "@gmem/tensor";
import type { CellContext } from "../frame/cell-kind.ts";

export interface DrawPicturesOptions {
  /** What the run's conditioner takes; snippets have a row for each picture. */
  readonly request?: unknown;
  readonly count: number;
  /** Over the run's own. */
  readonly sampler?: Partial<Run["config"]["sampler"]> | undefined;
  readonly context: CellContext;
}

/** Pictures [count,3,H,W] ∈ [0,1] and network calls for each. Equal seeds give equal noise, whatever the request. */
export async function drawPictures(
  run: Run,
  { request, count, sampler: settings, context }: DrawPicturesOptions,
): Promise<{ readonly images: NDArray<"f32">; readonly forwards: number }> {
  const { seed, signal, onProgress } = context;
  const sampler = await run.sampler({ ...run.config.sampler, ...settings }, { batchSize: Math.min(count, 64) });
  return sampler.draw({
    request,
    count,
    seed: seed + 1000, // not the noise of training
    ...(signal ? { signal } : {}),
    onProgress: ({ samples }) => onProgress?.({ stage: "sample", done: samples, total: count }),
  });
}
