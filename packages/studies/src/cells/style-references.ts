import { loadImages } from "@gmem/datasets";
import { unitRows } from "@gmem/memory-bank";
import { nearestRows } from "@gmem/metrics";
import type { Run } from "@gmem/runs";
import type { Dataset, ImageExample } from "@gmem/spec";
import type { Engine, NDArray } from "@gmem/tensor";
import type { CellContext, CellKind } from "../frame/cell-kind.ts";
import { drawPictures } from "../trained/draw-pictures.ts";
import { type JudgedDrawingsSettings, withJudgedDrawings } from "../trained/judged-drawings.ts";
import { type StartedRunSettings, startedRun } from "../trained/started-run.ts";
import { withTrainedRun } from "../trained/trained-run.ts";

export interface StyleReferencesSettings extends StartedRunSettings, JudgedDrawingsSettings {
  /** Styles that the run never saw; a metric each. */
  readonly unseen: readonly string[];
  /** Drawings of each of them. */
  readonly references: number;
  /**
   * What is held against a reference: one picture drawn from its snippet, one drawn from another's (chance), or the nearest of
   * `samples` pictures that the run draws without it, or of all training pictures.
   */
  readonly by: "snippet" | "other-snippet" | "samples" | "training";
  readonly samples: number;
}

/** How near a run comes to pictures in styles that it never saw (G.7): 1 − cos in a space that is not the run's, and pixels. */
export const styleReferences: CellKind = {
  name: "style-references",
  async compute(given, context) {
    const settings = given as unknown as StyleReferencesSettings;
    const { unseen, references, by } = settings;
    return withTrainedRun(await startedRun(settings, context), context, async ({ run, train }) =>
      withJudgedDrawings({ run, context }, settings, async (judged) => {
        const concepts = Array.from({ length: references }, (_, concept) => concept);
        const values: Record<string, number> = {};
        const pool = by === "training" ? await everyPicture(train) : undefined;
        const drawn = by === "samples" ? await samplesOf(run, settings, context) : undefined;
        for (const style of unseen) {
          const real = await judged.in(style, concepts); // [n,3,S,S]
          const pictures = pool ?? drawn ?? (await fromSnippets(run, real, { by, context }));
          const nearest = pictures === pool || pictures === drawn;
          const [x, y] = [await judged.place(real), await judged.place(pictures)];
          values[style] = (await meanSquared([x, y], { nearest, engine: run.engine })) / 2; // ‖a − b‖² = 2 − 2 cos
          const pixels = await meanSquared([flat(real), flat(pictures)], { nearest, engine: run.engine });
          values[`${style}, pixels`] = Math.sqrt(pixels / (real.data.length / references));
        }
        return values;
      }),
    );
  },
};

const everyPicture = (train: Dataset<ImageExample>): Promise<NDArray<"f32">> =>
  loadImages(
    train,
    Int32Array.from({ length: train.length }, (_, i) => i),
  );

/** What the run draws when nothing is asked of it. */
async function samplesOf(
  run: Run,
  { samples }: StyleReferencesSettings,
  context: CellContext,
): Promise<NDArray<"f32">> {
  return (await drawPictures(run, { count: samples, context })).images;
}

/** One picture from the snippet of each reference, or of the reference half a set away. */
async function fromSnippets(
  run: Run,
  real: NDArray<"f32">,
  { by, context }: { readonly by: StyleReferencesSettings["by"]; readonly context: CellContext },
): Promise<NDArray<"f32">> {
  const [count = 0] = real.shape;
  const snippets = unitRows(await (await run.encoder()).encode(real));
  const width = snippets.data.length / count;
  const at = by === "other-snippet" ? Math.ceil(count / 2) * width : 0;
  const data = new Float32Array(snippets.data.length);
  data.set(snippets.data.subarray(at));
  data.set(snippets.data.subarray(0, at), snippets.data.length - at);
  return (await drawPictures(run, { request: { snippets: { ...snippets, data } }, count, context })).images;
}

/** Mean over rows of the squared distance to the row of the same number, or to the nearest one. */
async function meanSquared(
  [x, y]: readonly [NDArray<"f32">, NDArray<"f32">],
  { nearest, engine }: { readonly nearest: boolean; readonly engine: Engine },
): Promise<number> {
  const [n = 0, d = 0] = x.shape;
  const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / n;
  if (nearest) return mean((await nearestRows(x, y, { k: 1, engine })).squared);
  const squared = new Float64Array(n);
  for (let i = 0; i < n * d; i++)
    squared[Math.floor(i / d)] =
      (squared[Math.floor(i / d)] as number) + ((x.data[i] as number) - (y.data[i] as number)) ** 2;
  return mean(squared);
}

/** [N,3·H·W]. */
const flat = ({ data, shape: [n = 0] }: NDArray<"f32">): NDArray<"f32"> => ({
  dtype: "f32",
  shape: [n, data.length / n],
  data,
});
