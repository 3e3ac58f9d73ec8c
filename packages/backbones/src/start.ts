import { linearInit, xavierUniform } from "@gmem/nn";
import type { Params } from "@gmem/spec";
import { type Aval, array, full, mapNamed, type Named, type NDArray, type Rng, type Shape } from "@gmem/tensor";
import type { TransformerConfig } from "./transformer-config.ts";

/** A parameter before it is drawn. */
export interface Start extends Aval {
  readonly dtype: "f32";
  draw(rng: Rng): NDArray<"f32">;
}

const start = (shape: Shape, draw: Start["draw"]): Start => ({ dtype: "f32", shape, draw });

/** Starts at one value. */
export const filled = (shape: Shape, value: number): Start => start(shape, () => full(shape, value));

/** Is what a table says, for any key. */
export const fixed = (table: NDArray<"f32">): Start => start(table.shape, () => table);

/** `${at}.weight` [out,in] and `${at}.bias` [out], as `linearInit` of @gmem/nn draws them. */
export function linearStart(at: string, sizes: Parameters<typeof linearInit>[2]): Named<Start> {
  const weight = `${at}.weight`;
  return {
    [weight]: start([sizes.out, sizes.in], (rng) => linearInit(rng, at, sizes)[weight] as NDArray<"f32">),
    [`${at}.bias`]: filled([sizes.out], 0),
  };
}

/** Patch and time embedding, as the official codes start them: Xavier over a patch, N(0, 0.02²). */
export function embedderStarts({ latent, patchSize, hiddenSize: D }: TransformerConfig): Named<Start> {
  const kernel = [D, latent[0], patchSize, patchSize];
  const name = "x_embedder.proj.weight";
  const width = latent[0] * patchSize * patchSize;
  return {
    [name]: start(kernel, (rng) => array(xavierUniform(rng.split(name), [D, width]).data, kernel)),
    "x_embedder.proj.bias": filled([D], 0),
    ...linearStart("t_embedder.mlp.0", { in: 256, out: D, weight: { std: 0.02 } }),
    ...linearStart("t_embedder.mlp.2", { in: D, out: D, weight: { std: 0.02 } }),
  };
}

/** Every parameter, drawn. */
export const drawn = (starts: Named<Start>, rng: Rng): Params<NDArray> => mapNamed(starts, ({ draw }) => draw(rng));
