import { type Conv2dOptions, conv2d, grad, type Shape, sum, type Tensor } from "@gmem/tensor";
import type { OpCase } from "./op-case.ts";
import { spread } from "./spread.ts";

interface Setting {
  readonly name: string;
  readonly x: Shape;
  readonly weight: Shape;
  /** [N,O,H′,W′]. */
  readonly y: Shape;
  readonly options: Conv2dOptions;
}

const settings: readonly Setting[] = [
  { name: "3 × 3, padding 1", x: [2, 2, 4, 3], weight: [3, 2, 3, 3], y: [2, 3, 4, 3], options: { padding: 1 } },
  { name: "patches", x: [1, 2, 4, 4], weight: [3, 2, 2, 2], y: [1, 3, 2, 2], options: { stride: 2 } },
  {
    name: "stride 2 × 1, uneven padding, two groups",
    x: [1, 4, 5, 4],
    weight: [2, 2, 3, 2],
    y: [1, 2, 3, 6],
    options: { stride: [2, 1], padding: [1, 0, 2, 3], groups: 2 },
  },
  {
    name: "rows that the stride leaves out",
    x: [1, 1, 6, 6],
    weight: [1, 1, 3, 3],
    y: [1, 1, 2, 2],
    options: { stride: 2, padding: 0 },
  },
  {
    name: "3 × 3, depthwise, uneven padding",
    x: [2, 3, 5, 4],
    weight: [3, 1, 3, 3],
    y: [2, 3, 5, 4],
    options: { padding: [1, 0, 1, 2], groups: 3 },
  },
  {
    name: "3 × 2, depthwise, stride 2 × 1",
    x: [2, 3, 7, 4],
    weight: [3, 1, 3, 2],
    y: [2, 3, 3, 3],
    options: { stride: [2, 1], groups: 3 },
  },
  { name: "1 × 1, depthwise", x: [2, 3, 2, 2], weight: [3, 1, 1, 1], y: [2, 3, 2, 2], options: { groups: 3 } },
];

type Build = (setting: Setting) => (...inputs: Tensor[]) => Tensor;

const cases = (build: Build, inputs: readonly ("x" | "weight" | "y")[]): readonly OpCase[] =>
  settings.map((setting) => ({
    name: setting.name,
    inputs: inputs.map((name, i) => spread(setting[name], -1 - i / 4, 1.5)),
    build: build(setting),
  }));

/** dy·conv2d(x, weight) differentiated by x or by weight is what the two gradient operations compute. */
export const convCases: { readonly [O in "conv2d" | "conv2dInputGrad" | "conv2dWeightGrad"]: readonly OpCase[] } = {
  conv2d: cases(
    ({ options }) =>
      (x, weight) =>
        conv2d(x, weight, options),
    ["x", "weight"],
  ),
  conv2dInputGrad: cases(
    ({ options }) =>
      (x, weight, dy) =>
        grad(sum(conv2d(x, weight, options).mul(dy)), { x }).x,
    ["x", "weight", "y"],
  ),
  conv2dWeightGrad: cases(
    ({ options }) =>
      (x, weight, dy) =>
        grad(sum(conv2d(x, weight, options).mul(dy)), { weight }).weight,
    ["x", "weight", "y"],
  ),
};
