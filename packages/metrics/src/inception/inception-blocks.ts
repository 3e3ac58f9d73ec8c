import { param } from "@gmem/nn";
import { concat, conv2d, type Named, relu, rsqrt, type Tensor } from "@gmem/tensor";
import { averagePool3, overlappingMaxPool } from "./pooling.ts";

/** A block of Inception v3 at `${at}`: x [N,C,H,W] → [N,C',H',W']. */
export type InceptionBlock = (p: Named<Tensor>, at: string, x: Tensor) => Tensor;

/**
 * relu(batch norm(conv x)) with the statistics of training: γ (w∗x − μ)/√(σ² + 0.001) + β, the scale inside the filters.
 * Without stride the size is kept.
 */
export function normedConv(
  p: Named<Tensor>,
  at: string,
  x: Tensor,
  how: { stride?: number; valid?: boolean } = {},
): Tensor {
  const weight = param(p, `${at}.conv.weight`); // [O,C,kh,kw]
  const [width, , kh, kw] = weight.shape as [number, number, number, number];
  const { stride = 1, valid = stride > 1 } = how;
  const [y, z] = valid ? [0, 0] : [(kh - 1) / 2, (kw - 1) / 2];
  const scale = param(p, `${at}.bn.weight`).mul(rsqrt(param(p, `${at}.bn.running_var`).add(1e-3))); // [O]
  const shift = param(p, `${at}.bn.bias`).sub(param(p, `${at}.bn.running_mean`).mul(scale)); // [O]
  const filtered = conv2d(x, weight.mul(scale.reshape([width, 1, 1, 1])), { stride, padding: [y, z, y, z] });
  return relu(filtered.add(shift.reshape([width, 1, 1]))); // [N,O,H',W']
}

/** Convolutions one after the other. */
const chain = (p: Named<Tensor>, names: readonly string[], x: Tensor): Tensor =>
  names.reduce((h, name) => normedConv(p, name, h), x);

/** `${at}_1`, `${at}_2` … */
const numbered = (at: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, i) => `${at}_${i + 1}`);

/** 35×35: 1×1, 5×5, double 3×3 and pooled branches. */
export const blockA: InceptionBlock = (p, at, x) =>
  concat(
    [
      normedConv(p, `${at}.branch1x1`, x),
      chain(p, numbered(`${at}.branch5x5`, 2), x),
      chain(p, numbered(`${at}.branch3x3dbl`, 3), x),
      normedConv(p, `${at}.branch_pool`, averagePool3(x)),
    ],
    1,
  );

/** 35×35 → 17×17. */
export const blockB: InceptionBlock = (p, at, x) =>
  concat(
    [
      normedConv(p, `${at}.branch3x3`, x, { stride: 2 }),
      normedConv(p, `${at}.branch3x3dbl_3`, chain(p, numbered(`${at}.branch3x3dbl`, 2), x), { stride: 2 }),
      overlappingMaxPool(x, { window: 3, stride: 2 }),
    ],
    1,
  );

/** 17×17: 7×7 convolutions factorised into 1×7 and 7×1. */
export const blockC: InceptionBlock = (p, at, x) =>
  concat(
    [
      normedConv(p, `${at}.branch1x1`, x),
      chain(p, numbered(`${at}.branch7x7`, 3), x),
      chain(p, numbered(`${at}.branch7x7dbl`, 5), x),
      normedConv(p, `${at}.branch_pool`, averagePool3(x)),
    ],
    1,
  );

/** 17×17 → 8×8. */
export const blockD: InceptionBlock = (p, at, x) =>
  concat(
    [
      normedConv(p, `${at}.branch3x3_2`, normedConv(p, `${at}.branch3x3_1`, x), { stride: 2 }),
      normedConv(p, `${at}.branch7x7x3_4`, chain(p, numbered(`${at}.branch7x7x3`, 3), x), { stride: 2 }),
      overlappingMaxPool(x, { window: 3, stride: 2 }),
    ],
    1,
  );

/** 8×8, whose 3×3 convolutions fan out into 1×3 and 3×1. */
const blockE =
  (pool: (x: Tensor) => Tensor): InceptionBlock =>
  (p, at, x) => {
    const single = normedConv(p, `${at}.branch3x3_1`, x);
    const double = chain(p, numbered(`${at}.branch3x3dbl`, 2), x);
    return concat(
      [
        normedConv(p, `${at}.branch1x1`, x),
        normedConv(p, `${at}.branch3x3_2a`, single),
        normedConv(p, `${at}.branch3x3_2b`, single),
        normedConv(p, `${at}.branch3x3dbl_3a`, double),
        normedConv(p, `${at}.branch3x3dbl_3b`, double),
        normedConv(p, `${at}.branch_pool`, pool(x)),
      ],
      1,
    );
  };

/** Mixed_7b averages in its last branch. */
export const blockEAverage: InceptionBlock = blockE(averagePool3);
/** Mixed_7c takes the maximum there, as the graph of 2015 did. */
export const blockEMax: InceptionBlock = blockE((x) => overlappingMaxPool(x, { window: 3, stride: 1, padding: 1 }));
