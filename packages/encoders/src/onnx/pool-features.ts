import { array, GMemError, type NDArray, ShapeError } from "@gmem/tensor";
import type { ModelValue } from "./image-model.ts";

/**
 * How an output becomes one vector a picture: `none` takes it as it is, [N,d] or with further lengths of 1; `cls` takes the
 * first of the tokens [N,T,d]; `mean` averages tokens [N,T,d], or pixels of maps.
 */
export type Pool = "none" | "cls" | "mean";

type Layout = "NCHW" | "NHWC";

/** The axis of d, or undefined where the output's rank does not suit the pooling. */
function featureAxis(shape: readonly unknown[], pool: Pool, layout: Layout): number | undefined {
  const rank = shape.length;
  if (pool === "none") return rank === 2 ? 1 : rank === 4 ? (layout === "NCHW" ? 1 : 3) : undefined;
  if (rank === 3) return 2;
  return pool === "mean" && rank === 4 ? (layout === "NCHW" ? 1 : 3) : undefined;
}

const needs: { readonly [P in Pool]: string } = { none: "[N,d]", cls: "[N,T,d]", mean: "[N,T,d], or maps" };

/**
 * d, where the file states it.
 * @throws {GMemError} code `CONFIG` if the output does not suit the pooling.
 */
export function featureDim(
  where: string,
  { name, shape }: ModelValue,
  { pool, layout }: { readonly pool: Pool; readonly layout: Layout },
): number | undefined {
  const axis = featureAxis(shape, pool, layout);
  const isMap = shape.some((length, i) => i > 0 && i !== axis && typeof length === "number" && length !== 1);
  if (axis === undefined || (pool === "none" && isMap))
    throw new GMemError(
      "CONFIG",
      `${where}: for pool "${pool}" the output must be ${needs[pool]}, got ${name} [${shape.join(",")}]; ` +
        "choose another pool or output",
    );
  const length = shape[axis];
  return typeof length === "number" ? length : undefined;
}

/**
 * One vector a row: [N,d].
 * @throws {ShapeError} if the output is of another shape than the file said, or has another d.
 */
export function poolFeatures(
  where: string,
  { shape, data }: NDArray<"f32">,
  how: { readonly pool: Pool; readonly layout: Layout; readonly dim: number },
): NDArray<"f32"> {
  const { pool, layout, dim } = how;
  const axis = featureAxis(shape, pool, layout);
  const n = shape[0] ?? 0;
  const places = data.length / Math.max(1, n * dim);
  if (axis === undefined || shape[axis] !== dim || (pool === "none" && places !== 1))
    throw new ShapeError(where, `the output must be ${needs[pool]} with d = ${dim}`, [shape]);
  if (pool === "none") return array(data, [n, dim]);
  const used = pool === "cls" ? 1 : places;
  const [step, stride] = axis === 1 ? [places, 1] : [1, dim]; // between channels, between places
  const out = new Float32Array(n * dim);
  for (let i = 0; i < n; i++)
    for (let c = 0; c < dim; c++) {
      let sum = 0;
      for (let k = 0; k < used; k++) sum += data[i * dim * places + c * step + k * stride] as number;
      out[i * dim + c] = sum / used;
    }
  return array(out, [n, dim]);
}
