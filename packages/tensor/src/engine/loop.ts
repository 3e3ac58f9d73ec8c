import type { NDArray } from "../array.ts";
import { type Aval, type Named, sizeOf } from "../aval.ts";
import type { CompileOptions } from "../engine.ts";
import type { Graph } from "../graph.ts";
import { mapNamed } from "../named.ts";

type Loop = CompileOptions["loop"];

const stacked = ({ dtype, shape }: Aval, { steps }: { readonly steps: number }): Aval => ({
  dtype,
  shape: [steps, ...shape],
});

/** What one call of an executable takes: feeds named in `perStep` have a leading axis of steps. */
export const loopFeeds = ({ feeds }: Graph, loop: Loop): Named<Aval> =>
  loop ? mapNamed(feeds, (aval, name) => (loop.perStep.includes(name) ? stacked(aval, loop) : aval)) : feeds;

/** What one call of an executable gives: in a loop all fetches have a leading axis of steps. */
export const loopFetches = ({ fetches }: Graph, loop: Loop): Named<Aval> =>
  loop ? mapNamed(fetches, (aval) => stacked(aval, loop)) : fetches;

/** The feeds of one step: its row [...] of those in `perStep` [steps,...], which is not copied, and the others as they are. */
export const feedsAt = (feeds: Named<NDArray>, loop: Loop, step: number): Named<NDArray> =>
  loop ? mapNamed(feeds, (x, name) => (loop.perStep.includes(name) ? row(x, step) : x)) : feeds;

function row(x: NDArray, step: number): NDArray {
  const shape = x.shape.slice(1);
  const size = sizeOf(shape);
  return { dtype: x.dtype, shape, data: x.data.subarray(step * size, (step + 1) * size) };
}
