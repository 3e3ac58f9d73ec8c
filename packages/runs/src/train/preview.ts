import { pngGrid } from "@gmem/datasets/png";
import { concatRows, full, type NDArray, takeRows } from "@gmem/tensor";
import type { RunSamplers } from "../open/run-sampler.ts";
import type { PreparedRun } from "./prepared-run.ts";
import { evenly, previewRows } from "./preview-rows.ts";

const columns = 8;
const previewSeed = 1234;

/**
 * The grid of a run: with a bank or text, held-out images of all classes, each above what its snippet or caption gives; with a class table,
 * all classes in turn; otherwise whatever comes. The same seeds at every step, so grids can be compared.
 */
export async function preview(prepared: PreparedRun, { sampler }: Pick<RunSamplers, "sampler">): Promise<Uint8Array> {
  const { config, classes, memory, conditioner, heldOut, heldOutLabels: labels } = prepared;
  const most = 2 * columns;
  const rows = previewRows(heldOut.length, { count: most, ...(labels && { labels }) });
  const texts = await prepared.captions?.(rows);
  const request = texts
    ? { text: texts }
    : memory
      ? { snippets: (await heldOut.batch(rows)).snippets }
      : conditioner.name === "class-table"
        ? { labels: shownClasses(classes.length, most) }
        : undefined;
  const isPaired = texts !== undefined || memory !== undefined;
  const count = isPaired ? rows.length : most;
  const ready = await sampler(config.sampler, { batchSize: count });
  const { images } = await ready.draw({ request, count, seed: previewSeed });
  const sources = isPaired ? await prepared.pictures(rows) : undefined;
  const shown = sources ? pairedRows(sources, images, { columns }) : images;
  return pngGrid(shown, { columns, scale: scaleFor(config.image.size) });
}

/** Labels for `count` pictures: all classes in turn, or some evenly spaced where there are more. */
const shownClasses = (classes: number, count: number): readonly number[] =>
  classes > count ? Array.from(evenly(classes, count)) : Array.from({ length: count }, (_, i) => i % classes);

/**
 * Pictures [N,3,H,W] with their samples: each row of sources above the row of what was drawn from them, a row that is not
 * full filled up with white.
 */
export function pairedRows(
  sources: NDArray<"f32">,
  samples: NDArray<"f32">,
  { columns }: { readonly columns: number },
): NDArray<"f32"> {
  const [count = 0, ...picture] = sources.shape;
  const rows = Math.ceil(count / columns);
  const white = full([rows * columns - count, ...picture], 1);
  const [above, below] = [concatRows([sources, white]), concatRows([samples, white])];
  return concatRows(
    Array.from({ length: rows }, (_, row) => {
      const picked = Array.from({ length: columns }, (_, i) => row * columns + i);
      return [takeRows(above, picked), takeRows(below, picked)];
    }).flat(),
  );
}

/** The captions that a grid is drawn from, in its order; none where no text conditions the model. */
export async function previewTexts({
  heldOut,
  heldOutLabels: labels,
  captions,
}: PreparedRun): Promise<readonly string[]> {
  return (await captions?.(previewRows(heldOut.length, { count: 2 * columns, ...(labels && { labels }) }))) ?? [];
}

/** Small pictures are shown enlarged, to about 64 screen pixels. */
export const scaleFor = (size: number): number => Math.max(1, Math.round(64 / size));
