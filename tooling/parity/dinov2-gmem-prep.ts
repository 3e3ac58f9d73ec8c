import { dinov2Input, positionTable } from "@gmem/encoders/dinov2";
import { array, GMemError, type NDArray } from "@gmem/tensor";
import type { ParityCase, ParityFile } from "./case.ts";
import { compute, only } from "./compute.ts";
import { formula } from "./formula.ts";

/** Images [N,3,S,S] in [−1, 1]: a tensor of the file, or the formula of its metadata, "x[0,c,i,j] = sin(…), i,j in 0..255". */
function picture(file: ParityFile): NDArray {
  const stored = file.find("in/x") ?? file.find("in/image");
  if (stored) return stored;
  const [, text = "", last = ""] = /=\s*(.+?),\s*i,\s*j in 0\.\.(\d+)/.exec(file.metadata.image ?? "") ?? [];
  if (text === "")
    throw new GMemError("DATA", `${file.name}: the file must hold "in/x", or the metadata the formula of its "image"`);
  const value = formula(text, ["c", "i", "j"]);
  const size = Number(last) + 1;
  const data = Float32Array.from({ length: 3 * size * size }, (_, k) =>
    value(Math.floor(k / size ** 2), Math.floor(k / size) % size, k % size),
  );
  return array(data, [1, 3, size, size]);
}

/** Rows and columns of `seen` pixels that an output keeps: `every9`, `row_5`, `last_row`. */
function kept(name: string, seen: number): { readonly rows: readonly number[]; readonly columns: readonly number[] } {
  const all = Array.from({ length: seen }, (_, i) => i);
  const [, step, row] = /^out\/preproc(?:_every(\d+)|_row_(\d+)|_last_row)?$/.exec(name) ?? [];
  if (step !== undefined) {
    const some = all.filter((i) => i % Number(step) === 0);
    return { rows: some, columns: some };
  }
  if (row !== undefined) return { rows: [Number(row)], columns: all };
  return { rows: name.endsWith("_last_row") ? [seen - 1] : all, columns: all };
}

/** What the network sees, [N,3,s,s]: 14 pixels for 16, by the multiples of 256 that the image has. */
function seenBy(file: ParityFile): NDArray {
  const image = picture(file);
  const [, , , size = 0] = image.shape;
  const out = JSON.parse(file.metadata.out_shape ?? "[]") as readonly number[];
  const multiples = Math.floor(size / 256);
  const side = out.at(-1) ?? 224 * multiples;
  return only(
    compute({ feeds: { x: image } }, ({ x }) => ({
      out: dinov2Input(x.add(1).mul(0.5), { from: size, to: side }),
    })),
  );
}

/** "grid 7x7 -> 4x6" of the metadata where it fits the number of tokens; a square otherwise. */
function gridOf(file: ParityFile, tokens: number): { readonly rows: number; readonly columns: number } {
  const told = [
    ...Object.values(file.metadata)
      .join(" ")
      .matchAll(/->\s*\(?(\d+)\s*[x,]\s*(\d+)/g),
  ].find(([, rows, columns]) => Number(rows) * Number(columns) === tokens);
  const side = Math.sqrt(tokens);
  return told ? { rows: Number(told[1]), columns: Number(told[2]) } : { rows: side, columns: side };
}

/** What GMem does before DINOv2: its input, and its table of positions. */
export const dinov2GmemPrep: ParityCase = {
  component: "dinov2_gmem_prep",
  async run(file) {
    const results: Record<string, NDArray> = {};
    const outputs = file.names.filter((name) => name.startsWith("out/preproc"));
    if (outputs.length > 0) {
      const input = seenBy(file);
      const [, , , seen = 0] = input.shape;
      for (const name of outputs) {
        const { rows, columns } = kept(name, seen);
        const { shape = [], length } = { shape: file.shapes[name], length: input.data.length / seen ** 2 };
        const values = Array.from({ length }, (_, plane) =>
          rows.flatMap((i) => columns.map((j) => input.data[(plane * seen + i) * seen + j] as number)),
        ).flat();
        const whole = [length / 3, 3, ...(shape.length === 3 ? [] : [rows.length]), columns.length];
        results[name] = array(values, whole);
      }
    }
    const resampled = "out/resample_abs_pos_embed";
    if (file.shapes[resampled]) {
      const grid = gridOf(file, (file.shapes[resampled]?.[1] ?? 0) - 1);
      results[resampled] = only(
        compute({ feeds: { table: file.get("in/pos_embed") } }, ({ table }) => ({
          out: positionTable(table, { ...grid, positions: "timm-antialias" }),
        })),
      );
    }
    return results;
  },
  tolerance: () => ({ atol: 1e-4 }),
};
