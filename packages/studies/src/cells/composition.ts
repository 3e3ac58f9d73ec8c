import { checkScene } from "@gmem/datasets/scenes";
import { type InterpolationMethod, interpolate } from "@gmem/memory-bank";
import { snippetsOf } from "@gmem/runs";
import { takeRows } from "@gmem/tensor";
import type { CellKind } from "../frame/cell-kind.ts";
import { drawPictures } from "../trained/draw-pictures.ts";
import { type TrainedRunSettings, withTrainedRun } from "../trained/trained-run.ts";
import { freshScenes, pictureAt } from "./pictures.ts";

export interface CompositionSettings extends TrainedRunSettings {
  /** How the two snippets become one; "neither": a third scene's, which says what chance gives. */
  readonly method: InterpolationMethod | "neither";
  readonly pairs: number;
}

/** Pictures of the blend of two scenes that differ in shape and colour (D.2, Figure 5), by what the checker sees in them. */
export const composition: CellKind = {
  name: "composition",
  async compute(given, context) {
    const { method, pairs, ...settings } = given as unknown as CompositionSettings;
    return withTrainedRun(settings, context, async ({ run }) => {
      const all = freshScenes(run, { count: 12 * pairs, seed: context.seed });
      const main = await Promise.all(
        Array.from({ length: all.length }, async (_, i) => (await all.at(i)).scene.objects[0]),
      );
      const chosen: [number, number, number][] = [];
      for (let i = 0; i + 2 < main.length && chosen.length < pairs; i += 3) {
        const [a, b] = [main[i], main[i + 1]];
        if (a && b && a.shape !== b.shape && a.colour !== b.colour) chosen.push([i, i + 1, i + 2]);
      }
      const snippets = await snippetsOf(await run.encoder(), all);
      const side = (which: 0 | 1 | 2) =>
        takeRows(
          snippets,
          chosen.map((rows) => rows[which]),
        );
      const request = {
        snippets:
          method === "neither"
            ? side(2)
            : interpolate(side(0), side(1), { weightOfSecond: 0.5, method, seed: context.seed }),
      };
      const { images } = await drawPictures(run, { request, count: chosen.length, context });
      let [composed, kept, recognised] = [0, 0, 0];
      chosen.forEach(([first, second], i) => {
        const { shape, colour } = checkScene(pictureAt(images, i));
        const [a, b] = [main[first], main[second]];
        if (!shape) return;
        recognised++;
        if ((shape === a?.shape && colour === b?.colour) || (shape === b?.shape && colour === a?.colour)) composed++;
        if ((shape === a?.shape && colour === a?.colour) || (shape === b?.shape && colour === b?.colour)) kept++;
      });
      const n = chosen.length;
      return { composed: composed / n, kept: kept / n, recognised: recognised / n };
    });
  },
};
