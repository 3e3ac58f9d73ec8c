import { pngGrid } from "@gmem/datasets/png";
import { concatRows, type NDArray, takeRows } from "@gmem/tensor";
import type { RunSamplers } from "../open/run-sampler.ts";
import type { PreparedRun } from "./prepared-run.ts";

const columns = 8;
const previewSeed = 1234;

/**
 * The grid of a run: with a bank, rows of held-out images, each above what their snippets give; with classes, one of each;
 * otherwise whatever comes. The same seeds at every step, so grids can be compared.
 */
export async function preview(prepared: PreparedRun, { sampler }: Pick<RunSamplers, "sampler">): Promise<Uint8Array> {
  const { config, classes, memory, conditioner, heldOut } = prepared;
  const count = 2 * columns;
  const rows = Int32Array.from({ length: Math.min(count, heldOut.length) }, (_, i) => i);
  const request = memory
    ? { snippets: (await heldOut.batch(rows)).snippets }
    : conditioner.name === "class-table"
      ? { labels: Array.from(rows, (row) => row % classes.length) }
      : undefined;
  const ready = await sampler(config.sampler, { batchSize: rows.length });
  const { images } = await ready.draw({ request, count: rows.length, seed: previewSeed });
  const sources = memory ? await prepared.pictures(rows) : undefined;
  const shown = sources ? pairedRows(sources, images, { columns }) : images;
  return pngGrid(shown, { columns, scale: scaleFor(config.image.size) });
}

/** Pictures [N,3,H,W] with their samples: each row of sources above the row of what was drawn from them. */
export function pairedRows(
  sources: NDArray<"f32">,
  samples: NDArray<"f32">,
  { columns }: { readonly columns: number },
): NDArray<"f32"> {
  const [count = 0] = sources.shape;
  const rows = Array.from({ length: Math.ceil(count / columns) }, (_, row) =>
    Array.from({ length: Math.min(columns, count - row * columns) }, (_, i) => row * columns + i),
  );
  return concatRows(rows.flatMap((picked) => [takeRows(sources, picked), takeRows(samples, picked)]));
}

/** Small pictures are shown enlarged, to about 64 screen pixels. */
export const scaleFor = (size: number): number => Math.max(1, Math.round(64 / size));
