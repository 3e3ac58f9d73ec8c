import { array, key, type Named, type NDArray, type Shape, sizeOf } from "@gmem/tensor";

/**
 * Parameters that make a network do something, where `init` leaves parts of it at zero: N(0, 1/fan-in) for matrices and
 * kernels, 1 + 0.1 N(0, 1) for scales and variances, 0.1 N(0, 1) for other vectors; each drawn by its name.
 * @example
 * drawnParameters({ "norm.weight": { shape: [8] }, "fc.weight": { shape: [8, 32] } });
 */
export function drawnParameters(parameters: Named<{ readonly shape: Shape }>): Named<NDArray<"f32">> {
  const drawn = ([name, { shape }]: readonly [string, { readonly shape: Shape }]) => {
    const isVector = shape.length < 2;
    const scale = isVector ? 0.1 : 1 / Math.sqrt(sizeOf(shape.slice(1)));
    const around = isVector && /weight|var|gamma/.test(name) ? 1 : 0;
    const { data } = key(0).split(name).normal(shape);
    return [
      name,
      array(
        Float32Array.from(data, (value) => around + scale * value),
        shape,
      ),
    ] as const;
  };
  return Object.fromEntries(Object.entries(parameters).map(drawn));
}
