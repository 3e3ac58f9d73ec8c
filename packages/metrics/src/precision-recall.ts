import { checkFinite, GMemError, type NDArray, ShapeError } from "@gmem/tensor";

/** Shares of samples and of real images that lie in the other's neighbourhoods. */
export interface PrecisionRecall {
  /** Share of fake rows inside a ball of a real one. */
  readonly precision: number;
  /** Share of real rows inside a ball of a fake one. */
  readonly recall: number;
  /** Squared distance of every row to its k-th neighbour on its own side. */
  readonly radii: { readonly real: Float64Array; readonly fake: Float64Array };
}

/**
 * Improved precision and recall (Kynkäänniemi et al. 2019) of features [N,d] and [M,d]: a row's ball reaches to its k-th
 * nearest neighbour. Every pair is compared in float64: N·M·d products.
 * @param options.neighbours k; default 3.
 * @throws {ShapeError} if the widths differ. @throws {GMemError} code `DATA` unless both sides have more than k rows, `NON_FINITE`.
 * @example
 * const real = key(0).normal([50, 4]);
 * const { precision, recall } = precisionRecall(real, real); // 1 and 1
 */
export function precisionRecall(
  real: NDArray<"f32">,
  fake: NDArray<"f32">,
  options: { readonly neighbours?: number } = {},
): PrecisionRecall {
  const { neighbours = 3 } = options;
  const [width, other] = [real.shape[1], fake.shape[1]];
  if (real.shape.length !== 2 || fake.shape.length !== 2 || !width || width !== other)
    throw new ShapeError("precisionRecall", "needs features [N,d] and [M,d]", [real.shape, fake.shape]);
  const fewest = Math.min(real.shape[0] ?? 0, fake.shape[0] ?? 0);
  if (!Number.isInteger(neighbours) || neighbours < 1 || fewest <= neighbours)
    throw new GMemError(
      "DATA",
      `precisionRecall: both sides need more rows than neighbours = ${neighbours}, got ${fewest}`,
    );
  checkFinite({ "real features": real, "fake features": fake }, { where: "precisionRecall" });
  const radii = { real: radiiOf(real.data, width, neighbours), fake: radiiOf(fake.data, width, neighbours) };
  return {
    precision: shareInside(fake.data, real.data, { width, radii: radii.real }),
    recall: shareInside(real.data, fake.data, { width, radii: radii.fake }),
    radii,
  };
}

function squaredDistance(x: Float32Array, i: number, to: { y: Float32Array; j: number; width: number }): number {
  const { y, j, width } = to;
  let sum = 0;
  for (let k = 0; k < width; k++) sum += ((x[i * width + k] as number) - (y[j * width + k] as number)) ** 2;
  return sum;
}

/** Of every row the k-th smallest squared distance to another one. */
function radiiOf(x: Float32Array, width: number, k: number): Float64Array {
  const rows = x.length / width;
  const distances = new Float64Array(rows);
  return Float64Array.from({ length: rows }, (_, i) => {
    for (let j = 0; j < rows; j++) distances[j] = i === j ? 0 : squaredDistance(x, i, { y: x, j, width });
    return distances.slice().sort()[k] as number; // its own distance, 0, comes first
  });
}

/** Share of the rows of x that lie within the radius of some row of y. */
function shareInside(x: Float32Array, y: Float32Array, at: { width: number; radii: Float64Array }): number {
  const { width, radii } = at;
  const rows = x.length / width;
  let inside = 0;
  for (let i = 0; i < rows; i++)
    if (radii.some((radius, j) => squaredDistance(x, i, { y, j, width }) <= radius)) inside++;
  return inside / rows;
}
