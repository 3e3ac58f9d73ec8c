import {
  argMax,
  array,
  cast,
  constant,
  conv2d,
  type Engine,
  equal,
  evaluate,
  exp,
  greater,
  layerNorm,
  less,
  max,
  maximum,
  mean,
  minimum,
  type NDArray,
  sigmoid,
  softmax,
  sqrt,
  sum,
  sumSquare,
  type Tensor,
  tanh,
  topK,
  where,
} from "@gmem/tensor";
import { expect } from "vitest";
import "../allclose.ts";
import type { Claim } from "../suite.ts";
import { casesGraph, runOnce } from "./run-once.ts";

const weights = (shape: readonly number[], value = 1): Tensor =>
  constant(array(new Float32Array(shape.reduce((size, n) => size * n, 1)).fill(value), shape));

/** Operations that lose NaN on some devices. */
type Losing =
  | "max"
  | "maximum of a number and x"
  | "softmax"
  | "exp"
  | "sigmoid"
  | "conv2d of 1 × 1, one channel to one";

/** What stands where the reference has NaN, for the operations of a device that lose it. */
export type LostNan = { readonly [K in Losing]?: number };

const mayLose: Readonly<Record<Losing, (x: Tensor) => Tensor>> = {
  max: (x) => max(x, { axes: [1] }),
  "maximum of a number and x": (x) => maximum(weights([], 0), x),
  softmax,
  exp,
  sigmoid,
  "conv2d of 1 × 1, one channel to one": (x) => conv2d(x.reshape([1, 1, 2, 2]), weights([1, 1, 1, 1])),
};

const keep: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  "sums, products and quotients": (x) => x.add(1).mul(0).div(2),
  sum: (x) => sum(x),
  mean: (x) => mean(x, { axes: [1] }),
  sumSquare: (x) => sumSquare(x),
  layerNorm: (x) => layerNorm(x, 1e-6),
  "matmul with ones": (x) => x.matmul(weights([4, 2])),
  "matmul with zeros": (x) => x.matmul(weights([4, 2], 0)),
  "conv2d of 3 × 3": (x) => conv2d(x.reshape([1, 1, 2, 2]), weights([1, 1, 3, 3]), { padding: 1 }),
  "conv2d of 1 × 1, one channel to two": (x) => conv2d(x.reshape([1, 1, 2, 2]), weights([2, 1, 1, 1])),
  "conv2d of 1 × 1, two channels to one": (x) => conv2d(x.reshape([1, 2, 1, 2]), weights([1, 2, 1, 1])),
  "maximum of x and a number": (x) => maximum(x, 0),
  minimum: (x) => minimum(x, 9),
  sqrt,
  tanh,
  where: (x) => where(greater(x, 2), x.mul(2), x),
};

/** Where NaN stays, where comparisons say no, and where this engine loses it. */
export function nanClaims(claim: Claim, engine: () => Engine, lost: LostNan = {}): void {
  const x = array([1, Number.NaN, 3, 2], [1, 4]);
  const both = async (build: (x: Tensor) => Tensor | readonly Tensor[]) => {
    const graph = casesGraph([x], build);
    return { got: await runOnce(engine(), graph, { x0: x }), want: evaluate(graph, { x0: x }).fetches };
  };

  for (const [name, build] of Object.entries(keep))
    claim(`NaN > is kept by ${name}`, async () => {
      const { got, want } = await both(build);
      expect(want.y0?.data.some(Number.isNaN)).toBe(true);
      expect(got.y0).toBeAllclose(want.y0 as NDArray, { equalNan: true });
    });

  for (const [name, build] of Object.entries(mayLose)) {
    const instead = lost[name as Losing];
    claim(`NaN > ${instead === undefined ? "is kept by" : `is ${instead} after`} ${name}`, async () => {
      const { got, want } = await both(build);
      const y = want.y0 as NDArray<"f32">;
      const data = y.data.map((value) => (Number.isNaN(value) ? (instead ?? value) : value));
      expect(got.y0).toBeAllclose({ ...y, data }, { equalNan: true });
    });
  }

  claim("NaN > is neither less, nor greater, nor equal", async () => {
    const { got } = await both((t) => [greater(t, 0), less(t, 0), equal(t, t)].map((is) => cast(is, "f32")));
    for (const y of Object.values(got)) expect(y.data[1]).toBe(0);
  });

  claim("NaN > leaves indices of topK and argMax inside, and each with its value", async () => {
    const { got } = await both((t) => [topK(t, 3).values, topK(t, 3).indices, argMax(t)]);
    const [values, indices, best] = [got.y0, got.y1, got.y2].map((y) => Array.from(y?.data ?? []));
    expect(values).toEqual(indices?.map((i) => x.data[i]));
    expect(new Set(indices).size).toBe(3);
    for (const i of [...(indices ?? []), ...(best ?? [])]) expect([0, 1, 2, 3]).toContain(i);
  });
}
