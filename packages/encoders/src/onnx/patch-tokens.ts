import { array, GMemError, type NDArray, ShapeError } from "@gmem/tensor";
import { antialiasedBilinearMatrix } from "../resize/bilinear.ts";
import type { ModelValue } from "./image-model.ts";
import type { Pool } from "./pool-features.ts";

type Layout = "NCHW" | "NHWC";

/** True of an output with a place for each patch: tokens [N,T,d], or maps of more than one pixel. */
export function hasPlaces(
  { shape }: ModelValue,
  { pool, layout }: { readonly pool: Pool; readonly layout: Layout },
): boolean {
  if (shape.length === 3) return true;
  const axis = layout === "NCHW" ? 1 : 3;
  return shape.length === 4 && pool !== "none" && shape.some((length, i) => i > 0 && i !== axis && length !== 1);
}

/**
 * Tokens of patches [N,grid²,d] out of tokens [N,T,d] or maps. Of tokens the last m² are patches in rows, m as large as T
 * allows: class and register tokens come first. Another grid than m is made by bilinear interpolation, antialiased.
 * @throws {GMemError} code `CONFIG` if T leaves more than 16 tokens before the largest square: these are no patches of a square.
 */
export function patchTokens(
  where: string,
  output: NDArray<"f32">,
  { grid, layout }: { readonly grid: number; readonly layout: Layout },
): NDArray<"f32"> {
  const { data, shape, side, d } = output.shape.length === 4 ? pixels(where, output, layout) : squared(where, output);
  const n = shape[0] as number;
  if (side === grid) return array(data, [n, grid ** 2, d]);
  const matrix = antialiasedBilinearMatrix(side, grid); // [grid,side]
  const out = new Float32Array(n * grid ** 2 * d);
  for (let i = 0; i < n; i++)
    for (let y = 0; y < grid; y++)
      for (let x = 0; x < grid; x++)
        for (let v = 0; v < side; v++) {
          const down = matrix.data[y * side + v] as number;
          if (down === 0) continue;
          for (let u = 0; u < side; u++) {
            const weight = down * (matrix.data[x * side + u] as number);
            if (weight === 0) continue;
            const [to, from] = [((i * grid + y) * grid + x) * d, ((i * side + v) * side + u) * d];
            for (let c = 0; c < d; c++) out[to + c] = (out[to + c] as number) + weight * (data[from + c] as number);
          }
        }
  return array(out, [n, grid ** 2, d]);
}

interface Square {
  /** [N,side²,d] in rows. */
  readonly data: Float32Array;
  readonly shape: readonly number[];
  readonly side: number;
  readonly d: number;
}

const mostFirst = 16; // a class token and registers

function squared(where: string, { data, shape }: NDArray<"f32">): Square {
  const [n = 0, length = 0, d = 0] = shape;
  const side = Math.floor(Math.sqrt(length));
  const first = length - side ** 2;
  if (shape.length !== 3 || side === 0 || first > mostFirst)
    throw new GMemError(
      "CONFIG",
      `${where}: tokens of patches must be [N,T,d], T a square and at most ${mostFirst} before it, got [${shape}]; name another output by tokens`,
    );
  const kept = new Float32Array(n * side ** 2 * d);
  for (let i = 0; i < n; i++)
    kept.set(data.subarray((i * length + first) * d, (i + 1) * length * d), i * side ** 2 * d);
  return { data: kept, shape, side, d };
}

function pixels(where: string, { data, shape }: NDArray<"f32">, layout: Layout): Square {
  const [n = 0, a = 0, b = 0, c = 0] = shape;
  const [d, height, width] = layout === "NCHW" ? [a, b, c] : [c, a, b];
  if (height !== width) throw new ShapeError(where, "maps of patches must be square", [shape]);
  if (layout === "NHWC") return { data, shape, side: height, d };
  const turned = new Float32Array(data.length);
  const places = height * width;
  for (let i = 0; i < n; i++)
    for (let k = 0; k < d; k++)
      for (let at = 0; at < places; at++) turned[(i * places + at) * d + k] = data[(i * d + k) * places + at] as number;
  return { data: turned, shape, side: height, d };
}
