import { array, type Engine, evaluate, layerNorm, mean, type NDArray, sum, sumSquare, type Tensor } from "@gmem/tensor";
import { expect } from "vitest";
import "../allclose.ts";
import type { Claim } from "../suite.ts";
import { casesGraph, runOnce } from "./run-once.ts";

const count = 4_000_000;

interface LongSum {
  readonly name: string;
  readonly shape: readonly number[];
  readonly build: (x: Tensor) => Tensor;
}

const longSums: readonly LongSum[] = [
  { name: "mean of all", shape: [count], build: (x) => mean(x) },
  { name: "mean of rows", shape: [2, count / 2], build: (x) => mean(x, { axes: [1] }) },
  { name: "sum of columns", shape: [count / 2, 2], build: (x) => sum(x, { axes: [0] }) },
  {
    name: "sum of first and last axis",
    shape: [4, 2, count / 8],
    build: (x) => sum(x, { axes: [0, 2], keepDims: true }),
  },
  { name: "squares", shape: [count / 4, 4], build: (x) => sumSquare(x) },
  { name: "squares of a prime number of rows", shape: [1_000_003, 4], build: (x) => sumSquare(x, { axes: [0] }) },
  { name: "mean of a prime number", shape: [4_000_037], build: (x) => mean(x) },
];

/** 0.1 over and over hides no error of a sum: the mean by one float32 after the other is off by 4% here. */
const tenths = (shape: readonly number[]): NDArray<"f32"> =>
  array(new Float32Array(shape.reduce((size, n) => size * n, 1)).fill(0.1), shape);

/** Sums of millions are as good as those of thousands. */
export function longSumClaims(claim: Claim, engine: () => Engine): void {
  const both = async (x: NDArray, build: (x: Tensor) => Tensor): Promise<{ got: NDArray; want: NDArray }> => {
    const graph = casesGraph([x], build);
    const { y0: got } = await runOnce(engine(), graph, { x0: x });
    return { got: got as NDArray, want: evaluate(graph, { x0: x }).fetches.y0 as NDArray };
  };
  for (const { name, shape, build } of longSums)
    claim(`long sums > ${name}, [${shape}]`, async () => {
      const { got, want } = await both(tenths(shape), build);
      expect(got).toBeAllclose(want, { atol: 0, rtol: 3e-5 });
    });

  claim(`long sums > layerNorm over a row of ${count}`, async () => {
    const x = array(
      Float32Array.from({ length: count }, (_, i) => 3 + (i % 1000) / 500), // 3 … 5
      [1, count],
    );
    const { got, want } = await both(x, (row) => layerNorm(row, 1e-6));
    expect(got).toBeAllclose(want, { atol: 2e-5, rtol: 0 });
  });
}
