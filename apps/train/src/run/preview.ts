import { loadImages } from "@gmem/datasets";
import { pngGrid } from "@gmem/datasets/png";
import { array, concatRows, type DeviceState, type NDArray, takeRows } from "@gmem/tensor";
import type { Pipeline } from "./pipeline.ts";
import { draw } from "./sampling.ts";

const columns = 8;
const previewSeed = 1234;

/**
 * The grid of a run: with a bank, rows of held-out images, each above what their snippets give; with classes, one of each;
 * otherwise whatever comes. The same seeds at every step, so grids can be compared.
 */
export async function preview(pipeline: Pipeline, state: DeviceState): Promise<Uint8Array> {
  const { config, data, memory, conditioner, heldOut } = pipeline;
  const count = 2 * columns;
  const rows = Int32Array.from({ length: Math.min(count, heldOut.length) }, (_, i) => i);
  const request = memory
    ? { snippets: (await heldOut.batch(rows)).snippets }
    : conditioner.name === "class-table"
      ? { labels: Array.from(rows, (row) => row % data.classes.length) }
      : undefined;
  const settings = config.sampler;
  const { images } = await draw({ ...pipeline, settings, state }, { request, count: rows.length, seed: previewSeed });
  const sources = memory ? await loadImages(data.heldOut, rows) : undefined;
  const shown = sources ? interleaved(sources, images) : images;
  return pngGrid(shown, { columns, scale: scaleFor(config.image.size) });
}

/** A row of sources above each row of samples. */
function interleaved(sources: NDArray<"f32">, samples: NDArray<"f32">): NDArray<"f32"> {
  const rows = Math.ceil((sources.shape[0] as number) / columns);
  const blank = array(new Float32Array(0), [0, ...sources.shape.slice(1)]);
  return Array.from({ length: rows }, (_, row) => {
    const picked = Array.from({ length: columns }, (_, i) => row * columns + i).filter(
      (i) => i < (sources.shape[0] as number),
    );
    return concatRows([takeRows(sources, picked), takeRows(samples, picked)]);
  }).reduce((all, part) => concatRows([all, part]), blank);
}

/** Small pictures are shown enlarged, to about 64 screen pixels. */
export const scaleFor = (size: number): number => Math.max(1, Math.round(64 / size));
