import { type InterpolationMethod, interpolate } from "@gmem/memory-bank";
import { array, concatRows, type NDArray } from "@gmem/tensor";
import { transposed } from "@gmem/tensor/linalg";
import type { ParityCase, ParityFile } from "./case.ts";

type Rows = NDArray<"f32">;

/** [n,d] → [d,n]. */
function turned(x: Rows): Rows {
  const [rows = 0, columns = 0] = x.shape;
  return array(transposed(x.data, { rows, columns }), [columns, rows]);
}

/** The reference cuts a matrix by rows where ours cuts each snippet: its `concat` is ours of the transposed matrices. */
function blendRows(method: InterpolationMethod, a: Rows, b: Rows, weightOfSecond: number): Rows {
  const options = { weightOfSecond, method, renormalize: false };
  return method === "concat" ? turned(interpolate(turned(a), turned(b), options)) : interpolate(a, b, options);
}

function run(file: ParityFile): Record<string, NDArray> {
  const [a, b] = [file.get("in/a") as Rows, file.get("in/b") as Rows];
  const results: Record<string, NDArray> = {};
  for (const name of file.names) {
    const single = name.match(/^out\/([a-z]+)(_rows)?\/([\d.]+)$/);
    const strip = name.match(/^out\/pipeline\d+\/([a-z]+)$/);
    if (single) {
      const method = single[1] as InterpolationMethod;
      const weightOfSecond = Number(single[3]);
      results[name] = single[2]
        ? blendRows(method, file.get("in/A") as Rows, file.get("in/B") as Rows, weightOfSecond)
        : interpolate(a, b, { weightOfSecond, method, renormalize: false });
    } else if (strip) {
      const method = strip[1] as InterpolationMethod;
      const count = file.shapes[name]?.[0] ?? 0;
      const steps = Array.from({ length: count }, (_, i) =>
        interpolate(a, b, { weightOfSecond: i / Math.max(1, count - 1), method }),
      );
      results[name] = concatRows(steps.map((step) => array(step.data, [1, step.data.length])));
    }
  }
  return results;
}

/** Where two rows are (nearly) parallel the reference divides rounding noise by a sine of about 0. */
function parallelRows(file: ParityFile): (index: number) => number {
  const [a, b] = [file.get("in/A"), file.get("in/B")];
  const d = a.shape[1] ?? 1;
  return (index) => {
    const start = Math.floor(index / d) * d;
    let dot = 0;
    for (let at = start; at < start + d; at++) dot += (a.data[at] as number) * (b.data[at] as number);
    return 1 - Math.abs(dot) < 1e-6 ? 2 : 0;
  };
}

/** Interpolation of snippets as the GMem pipeline does it; `mask` draws its own numbers and is not compared. */
export const gmemInterp: ParityCase = {
  component: "gmem_interp",
  run: async (file) => run(file),
  tolerance: (file, tensor) => ({
    atol: 1e-5,
    ...(tensor.includes("spherical_rows/") && { extra: parallelRows(file) }),
  }),
};
