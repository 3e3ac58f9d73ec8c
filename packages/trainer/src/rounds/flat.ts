import { type Named, type NDArray, type Shape, sizeOf } from "@gmem/tensor";

type Shapes = Named<{ readonly shape: Shape }>;

/** Arrays one after the other, in the order of `shapes`. */
export function flatten(shapes: Shapes, values: Named<NDArray>): Float32Array {
  const sizes = Object.values(shapes).map(({ shape }) => sizeOf(shape));
  const flat = new Float32Array(sizes.reduce((sum, size) => sum + size, 0));
  let at = 0;
  for (const [i, name] of Object.keys(shapes).entries()) {
    flat.set((values[name] as NDArray<"f32">).data, at);
    at += sizes[i] as number;
  }
  return flat;
}

/** The arrays that {@link flatten} has put one after the other: views of it. */
export function unflatten(shapes: Shapes, flat: Float32Array): Named<NDArray> {
  let at = 0;
  return Object.fromEntries(
    Object.entries(shapes).map(([name, { shape }]) => {
      const data = flat.subarray(at, at + sizeOf(shape));
      at += data.length;
      return [name, { dtype: "f32", shape, data } as NDArray];
    }),
  );
}
