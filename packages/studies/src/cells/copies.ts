import { loadImages } from "@gmem/datasets";
import { build, nearest } from "@gmem/memory-bank";
import { meanDecibels, peakSignalToNoise, structuralSimilarity } from "@gmem/metrics";
import { type Run, snippetsOf } from "@gmem/runs";
import { type NDArray, takeRows } from "@gmem/tensor";
import type { CellKind } from "../frame/cell-kind.ts";
import { drawPictures } from "../trained/draw-pictures.ts";
import { type TrainedRun, type TrainedRunSettings, withTrainedRun } from "../trained/trained-run.ts";
import { someRows } from "./pictures.ts";

export interface CopiesSettings extends TrainedRunSettings {
  readonly count: number;
  /** Whose pictures are compared with training pictures: drawn ones, or held-out ones, which are copies of none. */
  readonly pictures: "drawn" | "held-out";
  /** Compared with what: the nearest training picture by the encoder, the source of the snippet, or another one of its class. */
  readonly against: "nearest" | "source" | "same-class";
}

/** How much pictures resemble training pictures (G.1, G.2): SSIM, PSNR, and the share that both call visually similar. */
export const copies: CellKind = {
  name: "copies",
  async compute(given, context) {
    const { count, pictures, against, ...settings } = given as unknown as CopiesSettings;
    return withTrainedRun(settings, context, async (trained) => {
      const { run, train, heldOut } = trained;
      const n = Math.min(count, heldOut.length);
      const rows = someRows(train.length, { count: n, seed: context.seed });
      const snippets = await snippetsOf(await run.encoder(), train);
      const request = run.bank ? { request: { snippets: takeRows(snippets, [...rows]) } } : {};
      const drawn =
        pictures === "drawn"
          ? (await drawPictures(run, { ...request, count: n, context })).images
          : await loadImages(
              heldOut,
              Int32Array.from({ length: n }, (_, i) => i),
            );
      const others = await partners(trained, { against, rows, drawn, snippets });
      return resemblance(drawn, await loadImages(train, others));
    });
  },
};

interface Compared extends Pick<CopiesSettings, "against"> {
  readonly rows: Int32Array;
  readonly drawn: NDArray<"f32">;
  readonly snippets: NDArray<"f32">;
}

/** Training rows that pictures are compared with. */
async function partners({ run, train }: TrainedRun, { against, rows, drawn, snippets }: Compared): Promise<Int32Array> {
  if (against === "source") return rows;
  if (against === "nearest") return nearestRows(run, { drawn, snippets });
  const labels = await Promise.all(Array.from(rows, async (row) => (await train.at(row)).label));
  return Int32Array.from(rows, (row, i) => {
    const other = [...rows.slice(i + 1), ...rows.slice(0, i)].find(
      (candidate, j) => labels[(i + 1 + j) % rows.length] === labels[i] && candidate !== row,
    );
    return other ?? row;
  });
}

async function nearestRows(run: Run, { drawn, snippets }: Pick<Compared, "drawn" | "snippets">): Promise<Int32Array> {
  const encoder = await run.encoder();
  const found = await nearest(build(snippets), await encoder.encode(drawn), { k: 1, engine: run.engine });
  return Int32Array.from(found.rows.data);
}

/** Thresholds of G.1; without LPIPS, which needs weights, the share is larger than with it. */
const [similarFrom, closeFrom] = [0.5, 20];

function resemblance(drawn: NDArray<"f32">, others: NDArray<"f32">): Record<string, number> {
  const ssim = structuralSimilarity(drawn, others, { range: 1 });
  const psnr = peakSignalToNoise(drawn, others, { range: 1 });
  const similar = ssim.filter((value, i) => value >= similarFrom && (psnr[i] as number) >= closeFrom).length;
  return {
    ssim: ssim.reduce((sum, value) => sum + value, 0) / ssim.length,
    highestSsim: Math.max(...ssim),
    psnr: meanDecibels(psnr),
    similar: similar / ssim.length,
  };
}
