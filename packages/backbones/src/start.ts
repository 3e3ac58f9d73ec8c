import { linearInit } from "@gmem/nn";
import type { Params } from "@gmem/spec";
import { type Aval, full, type Named, type NDArray, type Rng, type Shape } from "@gmem/tensor";

/** A parameter before it is drawn. */
export interface Start {
  readonly shape: Shape;
  draw(rng: Rng): NDArray<"f32">;
}

/** Starts at one value. */
export const filled = (shape: Shape, value: number): Start => ({ shape, draw: () => full(shape, value) });

/** Is what a table says, for any key. */
export const fixed = (table: NDArray<"f32">): Start => ({ shape: table.shape, draw: () => table });

/** `${at}.weight` [out,in] and `${at}.bias` [out], as `linearInit` of @gmem/nn draws them. */
export function linearStart(at: string, sizes: Parameters<typeof linearInit>[2]): Named<Start> {
  const weight = `${at}.weight`;
  return {
    [weight]: {
      shape: [sizes.out, sizes.in],
      draw: (rng) => linearInit(rng, at, sizes)[weight] as NDArray<"f32">,
    },
    [`${at}.bias`]: filled([sizes.out], 0),
  };
}

/** Every parameter, drawn. */
export const drawn = (starts: Named<Start>, rng: Rng): Params<NDArray> =>
  Object.fromEntries(Object.entries(starts).map(([name, start]) => [name, start.draw(rng)]));

/** Every parameter's shape, without a number drawn. */
export const avalsOf = (starts: Named<Start>): Named<Aval> =>
  Object.fromEntries(Object.entries(starts).map(([name, { shape }]) => [name, { dtype: "f32", shape }]));
