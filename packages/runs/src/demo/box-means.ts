import type { NDArray } from "@gmem/tensor";

/** Means of whole blocks: images [N,3,H,W] → [N,3,side,side], side a divisor of H = W. */
export function boxMeans(images: NDArray<"f32">, side: number): NDArray<"f32"> {
  const [n = 0, channels = 0, size = 0] = images.shape;
  const block = size / side;
  if (block === 1) return images;
  const data = new Float32Array(n * channels * side * side);
  for (let at = 0; at < images.data.length; at++) {
    const [plane, row, column] = [Math.floor(at / (size * size)), Math.floor(at / size) % size, at % size];
    const to = (plane * side + Math.floor(row / block)) * side + Math.floor(column / block);
    data[to] = (data[to] as number) + (images.data[at] as number) / block ** 2;
  }
  return { dtype: "f32", shape: [n, channels, side, side], data };
}
