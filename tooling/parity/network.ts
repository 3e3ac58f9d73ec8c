import { gvpInterpolant, linearInterpolant, vpInterpolant } from "@gmem/model";
import type { Backbone, Conditioner, Interpolant, LatentShape, Params } from "@gmem/spec";
import { array, concat, constant, f32, GMemError, type NDArray, slice, type Tensor, tanh, zeros } from "@gmem/tensor";
import type { ParityFile } from "./case.ts";

/** The paths by the names that the files give them. */
const interpolants: Readonly<Record<string, Interpolant>> = {
  Linear: linearInterpolant,
  GVP: gvpInterpolant,
  VP: vpInterpolant,
};

/** @throws {GMemError} `DATA` for a name that the files do not use. */
export function interpolantOf(name: string): Interpolant {
  const found = interpolants[name];
  if (found) return found;
  throw new GMemError("DATA", `paths are ${Object.keys(interpolants).join(", ")}, got "${name}"`);
}

/** The factor k of "model_out + k*x" that the files' model adds of its input; 0 where the sentence has no such term. */
export function inputSlope(file: ParityFile): number {
  if (file.metadata.model === undefined)
    throw new GMemError("DATA", `${file.name}: the metadata must describe the "model", got none`);
  return metadataNumber(file.metadata.model, /model_out\s*/) ?? 0;
}

/** A number inside a sentence of the metadata, after the first match of `before`: 0.001 of "sample_eps=1e-3". */
export const metadataNumber = (text: string | undefined, before: RegExp): number | undefined => {
  const found = new RegExp(`${before.source}([-+]?\\s*\\d*\\.?\\d+(?:e[-+]?\\d+)?)`).exec(text ?? "")?.[1];
  return found === undefined ? undefined : Number(found.replaceAll(/\s/g, ""));
};

const dimension = (x: NDArray | undefined, axis: number): number => x?.shape[axis] ?? 0;

/**
 * The network of the sampler files, tanh(flat(x)W₁ᵀ + b₁ + t·u + c)W₂ᵀ + b₂, whose hidden layer is the condition's width.
 * Its time is the files': 1 at data.
 */
export function tanhNetwork(weights: Params<NDArray>, latent: LatentShape): Backbone {
  const hiddenSize = dimension(weights.W1, 0);
  const { W1, b1, u, W2, b2 } = weights;
  return {
    name: "tanh",
    latent,
    hiddenSize,
    config: {},
    frozen: [],
    init: () => ({ W1, b1, u, W2, b2 }) as Params<NDArray>,
    apply(p, x, t, c) {
      const [n = 1] = x.shape;
      const { W1, b1, u, W2, b2 } = p as Record<"W1" | "b1" | "u" | "W2" | "b2", (typeof p)[string]>;
      const time = t.reshape([n, 1]).mul(u); // [N,D]
      const h = tanh(x.reshape([n, -1]).matmul(W1, { transposeB: true }).add(b1).add(time).add(c)); // [N,D]
      return { output: h.matmul(W2, { transposeB: true }).add(b2).reshape(x.shape) }; // [N,C,H,W]
    },
  };
}

/** A backbone that gives a stored output plus a multiple of its input, as the loss files define their model. */
export function storedOutput(output: NDArray, slope: number): Backbone {
  const [, channels = 1, height = 1, width = 1] = output.shape;
  return {
    name: "stored",
    latent: [channels, height, width],
    hiddenSize: 1,
    config: {},
    frozen: [],
    init: () => ({ output }),
    apply: (p, x) => ({ output: (p.output as (typeof p)[string]).add(x.mul(slope)) }),
  };
}

/** Conditions that stand in one feed [N,d], as snippets or as finished embeddings. */
export function fedConditioner(dim: number, output: Conditioner["output"]): Conditioner {
  return {
    name: "fed",
    snippetDim: dim,
    output,
    feeds: (n) => ({ condition: f32(n, dim) }),
    init: () => ({}),
    parse: (input) => input,
    resolve: async (noise) => ({ condition: zeros([dimension(noise, 0), dim]) }),
    batch: async ({ index }) => ({ condition: zeros([index.length, dim]) }),
    snippet: (_, feeds) => feeds.condition ?? constant(zeros([1, dim])),
  };
}

/** Rows of a table, one for each index. */
export function rows(table: NDArray, indices: NDArray): NDArray<"f32"> {
  const width = dimension(table, 1);
  const out = new Float32Array(indices.data.length * width);
  for (const [i, row] of indices.data.entries())
    out.set(table.data.subarray(row * width, (row + 1) * width), i * width);
  return array(out, [indices.data.length, width]);
}

/** Elementwise, on the host. */
export const mapArray = (x: NDArray, f: (value: number) => number): NDArray<"f32"> =>
  array(
    Float32Array.from(x.data, (value) => f(value)),
    x.shape,
  );

/** The first channels of `from`, the others of x, both [N,C,H,W]. */
export function withChannels(x: Tensor, from: Tensor, count: number): Tensor {
  const depth = x.shape[1] as number;
  return count < depth ? concat([slice(from, 1, [0, count]), slice(x, 1, [count, depth])], 1) : from;
}

/** One array of a stack. */
export function unstack(x: NDArray, index: number): NDArray<"f32"> {
  const [, ...shape] = x.shape;
  const size = shape.reduce((product, n) => product * n, 1);
  return array(Float32Array.from(x.data.subarray(index * size, (index + 1) * size)), shape);
}

/** `out/Linear/velocity/euler_n9/t_grid` → its segments after `out`. */
export const segments = (name: string): readonly string[] => name.split("/").slice(1);

/** Distinct values in order. */
export const distinct = <T>(values: readonly T[]): readonly T[] => [...new Set(values)];

export type Results = Record<string, NDArray>;
