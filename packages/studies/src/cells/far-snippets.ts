import { nearest } from "@gmem/memory-bank";
import { snippetsOf } from "@gmem/runs";
import { adherence } from "@gmem/runs/demo";
import { key, type NDArray } from "@gmem/tensor";
import type { CellKind } from "../frame/cell-kind.ts";
import { bankOf } from "../trained/altered-memory.ts";
import { drawPictures } from "../trained/draw-pictures.ts";
import { type TrainedRunSettings, withTrainedRun } from "../trained/trained-run.ts";
import { freshScenes } from "./pictures.ts";

export interface FarSnippetsSettings extends TrainedRunSettings {
  /** Length of the random vector that is added to a unit snippet before it is made a unit again. */
  readonly away: number;
  readonly count: number;
}

/** Snippets moved away from where snippets are (App. L): how near the bank still is, and whether pictures still follow. */
export const farSnippets: CellKind = {
  name: "far-snippets",
  async compute(given, context) {
    const { away, count, ...settings } = given as unknown as FarSnippetsSettings;
    return withTrainedRun(settings, context, async ({ run }) => {
      const fresh = freshScenes(run, { count, seed: context.seed });
      const snippets = moved(await snippetsOf(await run.encoder(), fresh), { away, seed: context.seed });
      const { scores } = await nearest(bankOf(run), snippets, { k: 1, engine: run.engine });
      const { images } = await drawPictures(run, { request: { snippets }, count, context });
      return {
        similarity: scores.data.reduce((sum, score) => sum + score, 0) / count,
        adherence: (await adherence(images, fresh)).share,
      };
    });
  },
};

/** s + away · u, u a random direction for each row. */
function moved(
  snippets: NDArray<"f32">,
  { away, seed }: { readonly away: number; readonly seed: number },
): NDArray<"f32"> {
  const [n = 0, d = 0] = snippets.shape;
  const data = Float32Array.from(snippets.data);
  for (let i = 0; i < n; i++) {
    const direction = key(seed).split("away").split(i).normal([d]).data;
    const norm = Math.hypot(...direction);
    for (let j = 0; j < d; j++)
      data[i * d + j] = (data[i * d + j] as number) + (away * (direction[j] as number)) / norm;
  }
  return { ...snippets, data };
}
