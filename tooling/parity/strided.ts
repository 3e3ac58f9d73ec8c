import { array, type NDArray } from "@gmem/tensor";

/** What files keep of large maps [N,C,H,W]: the first `images` of them, every `step`-th row and column. */
export function strided(x: NDArray, { images, step }: { images: number; step: number }): NDArray<"f32"> {
  const [, c, h, w] = x.shape as [number, number, number, number];
  const [rows, columns] = [Math.ceil(h / step), Math.ceil(w / step)];
  const out = Float32Array.from({ length: images * c * rows * columns }, (_, i) => {
    const plane = Math.floor(i / (rows * columns));
    const row = Math.floor(i / columns) % rows;
    return x.data[(plane * h + row * step) * w + (i % columns) * step] as number;
  });
  return array(out, [images, c, rows, columns]);
}
