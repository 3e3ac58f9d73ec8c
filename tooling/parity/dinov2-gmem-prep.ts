import { dinov2Input, positionTable } from "@gmem/encoders/dinov2";
import { array, type NDArray } from "@gmem/tensor";
import type { ParityCase } from "./case.ts";
import { compute, only } from "./compute.ts";

const size = 256;

/** The picture of the file's metadata, x[c,i,j] = sin(0.37 i (c+1)/4 + 0.23 j + c), brought from [−1, 1] to [0, 1]. */
function picture(): NDArray {
  const data = Float32Array.from({ length: 3 * size * size }, (_, k) => {
    const [c, i, j] = [Math.floor(k / size ** 2), Math.floor(k / size) % size, k % size];
    return (Math.sin((0.37 * i * (c + 1)) / 4 + 0.23 * j + c) + 1) / 2;
  });
  return array(data, [1, 3, size, size]);
}

/** What GMem does before DINOv2: its input, and its table of positions. */
export const dinov2GmemPrep: ParityCase = {
  component: "dinov2_gmem_prep",
  async run(file) {
    const [, seen = 0] = JSON.parse(file.metadata.out_shape ?? "[]").slice(1) as number[];
    const input = only(
      compute({ feeds: { x: picture() } }, ({ x }) => ({ out: dinov2Input(x, { from: size, to: seen }) })),
    );
    const pick = (rows: readonly number[], columns: readonly number[]): Float32Array =>
      Float32Array.from(
        [0, 1, 2].flatMap((c) =>
          rows.flatMap((i) => columns.map((j) => input.data[(c * seen + i) * seen + j] as number)),
        ),
      );
    const all = Array.from({ length: seen }, (_, i) => i);
    const ninth = all.filter((i) => i % 9 === 0);
    const table = compute({ feeds: { table: file.get("in/pos_embed") } }, ({ table }) => ({
      out: positionTable(table, { rows: 4, columns: 4, positions: "timm-antialias" }),
    }));
    return {
      "out/resample_abs_pos_embed": only(table),
      "out/preproc_every9": array(pick(ninth, ninth), [1, 3, ninth.length, ninth.length]),
      "out/preproc_row_5": array(pick([5], all), [1, 3, seen]),
      "out/preproc_last_row": array(pick([seen - 1], all), [1, 3, seen]),
    };
  },
  tolerance: () => ({ atol: 1e-4 }),
};
