import { build } from "@gmem/memory-bank";
import { nearestRows } from "@gmem/metrics";
import type { NDArray } from "@gmem/tensor";
import type { CellKind } from "../frame/cell-kind.ts";
import { drawPictures } from "../trained/draw-pictures.ts";
import { type JudgedDrawingsSettings, withJudgedDrawings } from "../trained/judged-drawings.ts";
import { type TrainedRunSettings, withTrainedRun } from "../trained/trained-run.ts";

export interface MovedBankSettings extends TrainedRunSettings, JudgedDrawingsSettings {
  /** Whose drawings the bank is made of. */
  readonly of: string;
  /** Rows of the bank, one drawing each; the first concepts. */
  readonly rows: number;
  /** Whether a picture is held against the drawing of its own row or of another: chance. */
  readonly against: "own" | "other";
}

/** Of the nearest drawings that the picture's own may be among. */
const among = 5;

/**
 * A bank of other pictures, made by the run's own encoder, given to the run (H.4): how often a picture is nearest to the
 * drawing of its row, in a space that is not the run's, and how different the pictures are from each other.
 */
export const movedBank: CellKind = {
  name: "moved-bank",
  async compute(given, context) {
    const settings = given as unknown as MovedBankSettings;
    const { of, rows: count, against } = settings;
    return withTrainedRun(settings, context, async ({ run }) =>
      withJudgedDrawings({ run, context }, settings, async (judged) => {
        const real = await judged.in(
          of,
          Array.from({ length: count }, (_, concept) => concept),
        );
        const encoder = await run.encoder();
        const bank = build(await encoder.encode(real), { encoderId: encoder.id });
        const snippets = await bank.at(Int32Array.from({ length: count }, (_, row) => row));
        const { images } = await drawPictures(run, { request: { snippets }, count, context });
        const [drawn, drawings] = [await judged.place(images), await judged.place(real)];
        const { rows } = await nearestRows(drawn, drawings, { k: among, engine: run.engine });
        const asked = (i: number): number => (against === "own" ? i : (i + Math.ceil(count / 2)) % count);
        let found = 0;
        for (let i = 0; i < count; i++) if (rows.subarray(i * among, (i + 1) * among).includes(asked(i))) found++;
        return { found: found / count, spread: spreadOf(drawn), ownSpread: spreadOf(drawings) };
      }),
    );
  },
};

/** Mean of 1 − cos over pairs of different unit rows. */
function spreadOf(rows: NDArray<"f32">): number {
  const [n = 0, d = 0] = rows.shape;
  const sum = new Float64Array(d);
  rows.data.forEach((value, i) => {
    sum[i % d] = (sum[i % d] as number) + value;
  });
  const whole = sum.reduce((total, value) => total + value * value, 0); // Σᵢⱼ cos = ‖Σᵢ rᵢ‖²
  return 1 - (whole - n) / (n * (n - 1));
}
