import { append, unitRows } from "@gmem/memory-bank";
import { nearestRows } from "@gmem/metrics";
import type { Run } from "@gmem/runs";
import { concatRows, type NDArray } from "@gmem/tensor";
import type { CellContext, CellKind } from "../frame/cell-kind.ts";
import { bankOf } from "../trained/altered-memory.ts";
import { drawPictures } from "../trained/draw-pictures.ts";
import { type JudgedDrawings, type JudgedDrawingsSettings, withJudgedDrawings } from "../trained/judged-drawings.ts";
import { type TrainedRunSettings, withTrainedRun } from "../trained/trained-run.ts";
import { someRows } from "./pictures.ts";

export interface AddedStylesSettings extends TrainedRunSettings, JudgedDrawingsSettings {
  /** Styles that the run never saw; a metric each. */
  readonly unseen: readonly string[];
  /** Drawings of each of them that are added to the bank. */
  readonly added: number;
  /** Pictures that are voted on. */
  readonly count: number;
  /** Drawn from the rows that were added, from the run's own rows, or none drawn: other real drawings of the style. */
  readonly from: "added" | "bank" | "real";
}

/** Real drawings that vote on a picture. */
const voters = 5;

/**
 * Whether pictures of added rows are in the style that was added (§ 5.3, H.2): each picture is given the style of most of the
 * nearest real drawings, in a space that is not the run's. Drawings of the concepts that were added have no vote.
 */
export const addedStyles: CellKind = {
  name: "added-styles",
  async compute(given, context) {
    const settings = given as unknown as AddedStylesSettings;
    const { styles, concepts, added, unseen } = settings;
    return withTrainedRun(settings, context, async ({ run }) =>
      withJudgedDrawings({ run, context }, settings, async (judged) => {
        const electorate = range(2 * added, concepts); // those before: the added ones, and real ones for the ceiling
        const pool: NDArray<"f32">[] = [];
        for (const style of styles) pool.push(await judged.place(await judged.in(style, electorate)));
        const real = concatRows(pool); // [styles · electorate, d]
        const values: Record<string, number> = {};
        for (const style of unseen) {
          const pictures = await judged.place(await picturesOf(run, { style, judged, settings, context }));
          const { rows } = await nearestRows(pictures, real, { k: voters, engine: run.engine });
          const given = votes(rows, electorate.length).filter((at) => styles[at] === style).length;
          values[style] = given / (pictures.shape[0] as number);
        }
        return values;
      }),
    );
  },
};

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

interface Asked {
  readonly style: string;
  readonly judged: JudgedDrawings;
  readonly settings: AddedStylesSettings;
  readonly context: CellContext;
}

async function picturesOf(run: Run, { style, judged, settings, context }: Asked): Promise<NDArray<"f32">> {
  const { added, count, from } = settings;
  if (from === "real") return judged.in(style, range(added, 2 * added));
  const bank = bankOf(run);
  const encoder = await run.encoder();
  const longer = append(bank, await encoder.encode(await judged.in(style, range(0, added)))).bank;
  const rows =
    from === "added"
      ? Int32Array.from({ length: count }, (_, i) => bank.size + (i % added))
      : someRows(bank.size, { count, seed: context.seed });
  return (await drawPictures(run, { request: { snippets: unitRows(await longer.at(rows)) }, count, context })).images;
}

/** The style, by its number, of most of the five nearest rows; of equally many that of the nearest one. */
function votes(rows: Int32Array, perStyle: number): number[] {
  return Array.from({ length: rows.length / voters }, (_, i) => {
    const near = Array.from(rows.subarray(i * voters, (i + 1) * voters), (row) => Math.floor(row / perStyle));
    const times = (style: number): number => near.filter((other) => other === style).length;
    return near.reduce((best, style) => (times(style) > times(best) ? style : best));
  });
}
