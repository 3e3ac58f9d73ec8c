import { array, type NDArray } from "./array.ts";

/**
 * The mean of rows [n,d], added up in float64, as a row [1,d]; with `unit` it is scaled to length 1, and zeros stay zeros.
 * @example
 * meanRow(array([3, 0, 3, 8], [2, 2]), { unit: true }).data; // 0.6, 0.8
 */
export function meanRow({ data, shape }: NDArray<"f32">, options: { readonly unit?: boolean } = {}): NDArray<"f32"> {
  const [n = 0, d = 0] = shape;
  const mean = new Float64Array(d);
  for (let at = 0; at < data.length; at++) mean[at % d] = (mean[at % d] as number) + (data[at] as number) / n;
  const norm = options.unit ? Math.max(Math.hypot(...mean), 1e-12) : 1;
  return array(
    Float32Array.from(mean, (value) => value / norm),
    [1, d],
  );
}
