import { array, key, type NDArray } from "@gmem/tensor";

/** Smooth colour pictures [n,3,size,size] in 0 … 1, each drawn by its index. */
export function pictures(n: number, size: number, first = 0): NDArray<"f32"> {
  const data = new Float32Array(n * 3 * size * size);
  for (let image = 0; image < n; image++)
    for (let channel = 0; channel < 3; channel++) {
      const [fx, fy, phase] = key(11)
        .split(first + image)
        .split(channel)
        .uniform([3]).data as unknown as [number, number, number];
      for (let row = 0; row < size; row++)
        for (let column = 0; column < size; column++) {
          const wave = Math.sin((6 * (fx * row + fy * column)) / size + 6 * phase);
          data[((image * 3 + channel) * size + row) * size + column] = 0.5 + 0.5 * wave;
        }
    }
  return array(data, [n, 3, size, size]);
}
