import { array, type NDArray, type Shape } from "@gmem/tensor";

/** Every `step`-th row and column of the first `images` maps [N,C,H,W]. */
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

/** What a file keeps of large maps [N,C,H,W], by the shape of what it kept: `step` where that fits, else the least that does. */
export function keptOf(x: NDArray, kept: Shape | undefined, step: number | undefined): NDArray<"f32"> {
  const [, , h = 1, w = 1] = x.shape;
  const [images = 1, , rows = h, columns = w] = kept ?? x.shape;
  const fits = (by: number): boolean => Math.ceil(h / by) === rows && Math.ceil(w / by) === columns;
  const steps = [
    ...(step === undefined || (rows === h && columns === w) ? [] : [step]),
    ...Array.from({ length: Math.max(h, w) }, (_, i) => i + 1),
  ];
  return strided(x, { images, step: steps.find(fits) ?? 1 });
}
