import { array, evaluate, type NDArray, type Tensor, trace } from "@gmem/tensor";
import { describe, expect, it } from "vitest";
import { averagePool3, overlappingMaxPool } from "./pooling.ts";
import { resizeBilinear } from "./resize-bilinear.ts";

const close = (values: Iterable<number>): unknown[] => Array.from(values, (value) => expect.closeTo(value, 5));
const of = (x: NDArray, f: (x: Tensor) => Tensor): NDArray =>
  evaluate(
    trace({ feeds: { x } }, ({ feeds }) => ({ fetches: { y: f(feeds.x) } })),
    { x },
    {},
  ).fetches.y as NDArray;

const grid = (height: number, width: number, from = 0): NDArray<"f32"> =>
  array(
    Float32Array.from({ length: height * width }, (_, i) => from + i),
    [1, 1, height, width],
  );

describe("overlappingMaxPool", () => {
  it("takes windows that overlap, and drops what is left at the end", () => {
    const pooled = of(grid(6, 5), (x) => overlappingMaxPool(x, { window: 3, stride: 2 }));
    expect([pooled.shape, [...pooled.data]]).toEqual([
      [1, 1, 2, 2],
      [12, 14, 22, 24],
    ]);
  });
  it("takes what is left when it rounds up", () => {
    const pooled = of(grid(4, 4), (x) => overlappingMaxPool(x, { window: 3, stride: 2, ceil: true }));
    expect([pooled.shape, [...pooled.data]]).toEqual([
      [1, 1, 2, 2],
      [10, 11, 14, 15],
    ]);
  });
  it("counts nothing outside, also where all values are negative", () => {
    const pooled = of(grid(2, 3, -9), (x) => overlappingMaxPool(x, { window: 3, stride: 1, padding: 1 }));
    expect([...pooled.data]).toEqual([-5, -4, -4, -5, -4, -4]);
  });
});

describe("averagePool3", () => {
  it("divides by the elements inside", () => {
    const pooled = of(grid(3, 3), averagePool3);
    expect([...pooled.data]).toEqual(close([2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5, 6]));
  });
});

describe("resizeBilinear", () => {
  it("samples as TensorFlow 1 from the corner, as PyTorch from pixel centres", () => {
    const row = array([0, 4, 0, 4], [1, 1, 2, 2]);
    const tf1 = of(row, (x) => resizeBilinear(x, { size: 4, sampling: "tf1" }));
    expect([...tf1.data.slice(0, 4)]).toEqual(close([0, 2, 4, 4]));
    const torch = of(row, (x) => resizeBilinear(x, { size: 4, sampling: "half-pixel" }));
    expect([...torch.data.slice(0, 4)]).toEqual(close([0, 1, 3, 4]));
  });
  it("keeps a constant image and an image of that size", () => {
    const flat = array(new Float32Array(35).fill(3), [1, 1, 5, 7]);
    for (const sampling of ["tf1", "half-pixel"] as const) {
      const resized = of(flat, (x) => resizeBilinear(x, { size: 9, sampling }));
      expect([...resized.data]).toEqual(close(new Float32Array(81).fill(3)));
      expect([...of(grid(4, 4), (x) => resizeBilinear(x, { size: 4, sampling })).data]).toEqual([...grid(4, 4).data]);
    }
  });
});
