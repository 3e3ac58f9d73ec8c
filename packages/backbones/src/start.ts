import { linearInit, normalInit, xavierUniform } from "@gmem/nn";
import type { Params } from "@gmem/spec";
import { type Aval, array, full, mapNamed, type Named, type NDArray, type Rng, type Shape, sizeOf } from "@gmem/tensor";
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

/** N(0, std²), by its own name. */
export const normalStart = (name: string, shape: Shape, std: number): Named<Start> => ({
  [name]: start(shape, (rng) => normalInit(rng.split(name), shape, std)),
});

/** `${at}.weight` [out,in,kh,kw] from U(−b, b), b = 1/√(in·kh·kw), as PyTorch's convolutions start, and `${at}.bias` 0. */
export function convStart(at: string, shape: readonly [number, number, number, number]): Named<Start> {
  const [out, ...window] = shape;
  const bound = 1 / Math.sqrt(sizeOf(window));
  const drawKernel = (rng: Rng): NDArray<"f32"> =>
    array(
      rng
        .split(`${at}.weight`)
        .uniform(shape)
        .data.map((u) => (2 * u - 1) * bound),
      shape,
    );
  return { [`${at}.weight`]: start(shape, drawKernel), [`${at}.bias`]: filled([out], 0) };
}

/** `${at}.proj.weight` [D,C,p,p], Xavier over a patch, and `${at}.proj.bias` 0. */
export function patchStart(at: string, { latent, patchSize, hiddenSize: D }: PatchSizes): Named<Start> {
  const kernel = [D, latent[0], patchSize, patchSize];
  const name = `${at}.proj.weight`;
  const width = latent[0] * patchSize * patchSize;
  return {
    [name]: start(kernel, (rng) => array(xavierUniform(rng.split(name), [D, width]).data, kernel)),
    [`${at}.proj.bias`]: filled([D], 0),
  };
}

type PatchSizes = Pick<TransformerConfig, "latent" | "patchSize" | "hiddenSize">;

/** Patch and time embedding, as the official codes start them: Xavier over a patch, N(0, 0.02²). */
export function embedderStarts(config: TransformerConfig): Named<Start> {
  const { hiddenSize: D } = config;
  return {
    ...patchStart("x_embedder", config),
    ...linearStart("t_embedder.mlp.0", { in: 256, out: D, weight: { std: 0.02 } }),
    ...linearStart("t_embedder.mlp.2", { in: D, out: D, weight: { std: 0.02 } }),
  };
}

/** Every parameter, drawn. */
export const drawn = (starts: Named<Start>, rng: Rng): Params<NDArray> => mapNamed(starts, ({ draw }) => draw(rng));
