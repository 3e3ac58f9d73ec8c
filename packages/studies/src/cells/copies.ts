import { loadImages } from "@gmem/datasets";
import { meanDecibels, peakSignalToNoise, structuralSimilarity } from "@gmem/metrics";
import type { Dataset, ImageExample } from "@gmem/spec";
import type { NDArray } from "@gmem/tensor";
import type { CellKind } from "../frame/cell-kind.ts";
import { drawPictures } from "../trained/draw-pictures.ts";
import { type TrainedRunSettings, withTrainedRun } from "../trained/trained-run.ts";
import { someRows } from "./pictures.ts";

export interface CopiesSettings extends TrainedRunSettings {
  readonly count: number;
  /** Whose pictures are compared with training pictures: drawn ones, or held-out ones, which are copies of none. */
  readonly pictures: "drawn" | "held-out";
  /** Compared with what: the nearest training picture by its pixels, the source of the snippet, or another one of its class. */
  readonly against: "nearest" | "source" | "same-class";
}

/** How much pictures resemble training pictures (G.1, G.2): SSIM, PSNR, and the share that both call visually similar. */
export const copies: CellKind = {
  name: "copies",
  async compute(given, context) {
    const { count, pictures, against, ...settings } = given as unknown as CopiesSettings;
    return withTrainedRun(settings, context, async ({ run, train, heldOut }) => {
      const n = Math.min(count, heldOut.length);
      const rows = someRows(train.length, { count: n, seed: context.seed });
      // row i of a run's bank is of training picture i
      const request = run.bank ? { request: { snippets: await run.bank.at(rows) } } : {};
      const seen =
        pictures === "drawn"
          ? (await drawPictures(run, { ...request, count: n, context })).images
          : await loadImages(
              heldOut,
              Int32Array.from({ length: n }, (_, i) => i),
            );
      const partners =
        against === "nearest"
          ? nearestRows(
              seen,
              await loadImages(
                train,
                Int32Array.from({ length: train.length }, (_, i) => i),
              ),
            )
          : against === "source"
            ? rows
            : await sameClass(train, rows);
      return resemblance(seen, await loadImages(train, partners));
    });
  },
};

/** For each row the next one, in their order, whose picture has its label. */
async function sameClass(train: Dataset<ImageExample>, rows: Int32Array): Promise<Int32Array> {
  const labels: (number | undefined)[] = [];
  for (const row of rows) labels.push((await train.at(row)).label);
  return rows.map((row, i) => {
    for (let step = 1; step < rows.length; step++) {
      const other = (i + step) % rows.length;
      if (labels[other] === labels[i]) return rows[other] as number;
    }
    return row;
  });
}

/** For each picture the row of the training picture at the least squared distance of pixels. */
function nearestRows(pictures: NDArray<"f32">, training: NDArray<"f32">): Int32Array {
  const [count = 0] = pictures.shape;
  const size = pictures.data.length / count;
  const distance = (i: number, row: number): number => {
    let sum = 0;
    for (let j = 0; j < size; j++)
      sum += ((pictures.data[i * size + j] as number) - (training.data[row * size + j] as number)) ** 2;
    return sum;
  };
  return Int32Array.from({ length: count }, (_, i) => {
    let [best, least] = [0, Number.POSITIVE_INFINITY];
    for (let row = 0; row < (training.shape[0] as number); row++) {
      const found = distance(i, row);
      if (found < least) [best, least] = [row, found];
    }
    return best;
  });
}

/** Thresholds of G.1; without LPIPS, which needs weights, the share is larger than with it. */
const [similarFrom, closeFrom] = [0.5, 20];

function resemblance(pictures: NDArray<"f32">, others: NDArray<"f32">): Record<string, number> {
  const ssim = structuralSimilarity(pictures, others, { range: 1 });
  const psnr = peakSignalToNoise(pictures, others, { range: 1 });
  const similar = ssim.filter((value, i) => value >= similarFrom && (psnr[i] as number) >= closeFrom).length;
  return {
    ssim: ssim.reduce((sum, value) => sum + value, 0) / ssim.length,
    highestSsim: Math.max(...ssim),
    psnr: meanDecibels(psnr),
    similar: similar / ssim.length,
  };
}
