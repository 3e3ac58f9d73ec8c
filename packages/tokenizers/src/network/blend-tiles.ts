import { array, type NDArray } from "@gmem/tensor";

/** Tiles of an image network, in latent pixels; one latent pixel is `input` pixels before and `output` after it. */
export interface Tiling {
  readonly tile: number;
  readonly input: number;
  readonly output: number;
}

/** Tiles overlap by a quarter. */
const overlap = 0.25;

/**
 * Applies a network to overlapping tiles of x [N,C,H,W] and blends the results linearly where they overlap:
 * y = Σ w·yᵢ / Σ w, w rising from each tile's edge over the overlap.
 */
export async function blendTiles(
  x: NDArray<"f32">,
  tiling: Tiling,
  run: (tile: NDArray<"f32">) => Promise<NDArray<"f32">>,
): Promise<NDArray<"f32">> {
  const { tile, input, output } = tiling;
  const [n = 0, , height = 0, width = 0] = x.shape;
  const [rows, columns] = [height / input, width / input];
  const [h, w] = [Math.min(tile, rows), Math.min(tile, columns)];
  const [ramp, outHeight, outWidth] = [
    Math.max(1, Math.round(tile * overlap)) * output,
    rows * output,
    columns * output,
  ];
  const total = new Float64Array(outHeight * outWidth);
  let sum = new Float64Array();
  let channels = 0;
  for (const top of starts(rows, h))
    for (const left of starts(columns, w)) {
      const y = await run(cut(x, { top: top * input, left: left * input, height: h * input, width: w * input }));
      const [, c = 0, tileHeight = 0, tileWidth = 0] = y.shape;
      if (sum.length === 0) sum = new Float64Array(n * c * outHeight * outWidth);
      channels = c;
      for (let i = 0; i < tileHeight; i++)
        for (let j = 0; j < tileWidth; j++) {
          const weight = rise(i, tileHeight, ramp) * rise(j, tileWidth, ramp);
          const at = (top * output + i) * outWidth + left * output + j;
          total[at] = (total[at] as number) + weight;
          for (let plane = 0; plane < n * c; plane++) {
            const target = plane * outHeight * outWidth + at;
            const value = y.data[(plane * tileHeight + i) * tileWidth + j] as number;
            sum[target] = (sum[target] as number) + weight * value;
          }
        }
    }
  const size = outHeight * outWidth;
  return array(
    Float32Array.from(sum, (value, i) => value / (total[i % size] as number)),
    [n, channels, outHeight, outWidth],
  );
}

/** Where tiles of `tile` begin so that they cover `size`; the last one ends with it. */
function starts(size: number, tile: number): readonly number[] {
  const stride = Math.max(1, tile - Math.max(1, Math.round(tile * overlap)));
  const count = Math.ceil((size - tile) / stride) + 1;
  return Array.from({ length: count }, (_, i) => Math.min(i * stride, size - tile));
}

/** 1/(ramp + 1) at the edges of a tile, 1 from `ramp` pixels inwards. */
const rise = (i: number, size: number, ramp: number): number => Math.min(i + 1, size - i, ramp + 1) / (ramp + 1);

function cut(
  x: NDArray<"f32">,
  box: { readonly top: number; readonly left: number; readonly height: number; readonly width: number },
): NDArray<"f32"> {
  const [n = 0, c = 0, height = 0, width = 0] = x.shape;
  const out = new Float32Array(n * c * box.height * box.width);
  for (let plane = 0; plane < n * c; plane++)
    for (let i = 0; i < box.height; i++) {
      const from = (plane * height + box.top + i) * width + box.left;
      out.set(x.data.subarray(from, from + box.width), (plane * box.height + i) * box.width);
    }
  return array(out, [n, c, box.height, box.width]);
}
