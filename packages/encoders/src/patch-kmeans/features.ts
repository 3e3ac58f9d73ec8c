import {
  array,
  constant,
  conv2d,
  maximum,
  mean,
  type NDArray,
  relu,
  ShapeError,
  sqrt,
  square,
  sumSquare,
  type Tensor,
} from "@gmem/tensor";
import { contrastEpsilon } from "./contrast.ts";
import { halfNorms } from "./kmeans.ts";

export interface Dictionary {
  readonly whitening: { readonly weight: NDArray<"f32">; readonly mean: NDArray<"f32"> };
  /** [K,P]. */
  readonly centroids: NDArray<"f32">;
  readonly patch: number;
  readonly pooling: number;
}

/**
 * Pooled triangle activations of images x [N,3,H,W]: for every patch p, z = W((p − p̄)/√(var p + ε) − μ), distances
 * δ_k = ‖z − c_k‖, f_k = max(0, δ̄ − δ_k), and the mean of f over each of pooling × pooling cells (Coates, Lee & Ng 2011).
 * @returns [N, K·pooling²].
 * @throws {ShapeError} if an image is smaller than a patch or has fewer positions than cells.
 */
export function pooledFeatures(dictionary: Dictionary, x: Tensor): Tensor {
  const { pooling } = dictionary;
  const y = cellMeans(triangles(dictionary, x), pooling, x); // [N,K,cells]
  const [n, k] = y.shape as [number, number];
  return y.reshape([n, k * pooling ** 2]);
}

/**
 * Activations of images x [N,3,H,W], averaged over each of grid × grid cells and less their mean over the dictionary: tokens
 * of patches [N,grid²,K] in rows.
 * @throws {ShapeError} as {@link pooledFeatures}
 */
export function patchFeatures(dictionary: Omit<Dictionary, "pooling">, x: Tensor, grid: number): Tensor {
  const y = cellMeans(triangles(dictionary, x), grid, x).transpose([0, 2, 1]); // [N,T,K]
  return y.sub(mean(y, { axes: [2], keepDims: true }));
}

/** Means of y [N,K,h,w], made of images x, over each of cells × cells parts: [N,K,cells²]. */
function cellMeans(y: Tensor, cells: number, x: Tensor): Tensor {
  const [n, k, rows, columns] = y.shape as [number, number, number, number];
  if (rows < cells || columns < cells)
    throw new ShapeError(
      "patchKmeans",
      `images must be at least ${(x.shape[2] as number) - rows + cells} pixels high and wide for ${cells} × ${cells} cells`,
      [x.shape],
    );
  return y
    .reshape([n * k, rows * columns])
    .matmul(constant(poolingMatrix(rows, columns, cells)))
    .reshape([n, k, cells ** 2]);
}

/** f_k of every patch of images x [N,3,H,W]: [N,K,h,w]. */
function triangles({ whitening, centroids, patch }: Omit<Dictionary, "pooling">, x: Tensor): Tensor {
  const [, , height, width] = x.shape as [number, number, number, number];
  const [k, p] = centroids.shape as [number, number];
  if (height < patch || width < patch)
    throw new ShapeError("patchKmeans", `images must be at least ${patch} pixels high and wide`, [x.shape]);

  // contrast: mean and variance of each patch
  const ones = constant(array(new Float32Array(p).fill(1 / p), [1, 3, patch, patch]));
  const centred = x.sub(0.5); // smaller numbers, less cancellation
  const variance = maximum(conv2d(square(centred), ones).sub(square(conv2d(centred, ones))), 0); // [N,1,h,w]
  const contrast = sqrt(variance.add(contrastEpsilon)); // [N,1,h,w]

  // z and −2 c·z as convolutions; the filters have mean zero, which takes p̄ away
  const { weight, mean: mu } = whitening;
  const z = conv2d(x, filters(weight, { scale: 1, patch }))
    .div(contrast)
    .sub(offsets(weight, mu, 1)); // [N,P,h,w]
  const dictionary = product(centroids, weight);
  const cross = conv2d(x, filters(dictionary, { scale: -2, patch })).div(contrast); // [N,K,h,w]
  const own = sumSquare(z, { axes: [1], keepDims: true }); // [N,1,h,w]
  const fixed = constant(array(shifts(dictionary, { mu, half: halfNorms(centroids) }), [1, k, 1, 1]));
  const distance = sqrt(maximum(cross.add(fixed).add(own), 0)); // δ  [N,K,h,w]
  return relu(mean(distance, { axes: [1], keepDims: true }).sub(distance)); // [N,K,h,w]
}

/** Rows [m,P] as filters [m,3,s,s], each with its mean taken away. */
function filters(rows: NDArray<"f32">, { scale, patch }: { scale: number; patch: number }): Tensor {
  const [m, p] = rows.shape as [number, number];
  const data = new Float32Array(rows.data.length);
  for (let i = 0; i < m; i++) {
    const row = rows.data.subarray(i * p, (i + 1) * p);
    const average = row.reduce((sum, value) => sum + value, 0) / p;
    for (let j = 0; j < p; j++) data[i * p + j] = scale * ((row[j] as number) - average);
  }
  return constant(array(data, [m, 3, patch, patch]));
}

/** scale · rows μ as [1,m,1,1]. */
function offsets(rows: NDArray<"f32">, mu: NDArray<"f32">, scale: number): Tensor {
  const m = rows.shape[0] as number;
  return constant(
    array(
      Float32Array.from({ length: m }, (_, i) => scale * dot(rows, i, mu)),
      [1, m, 1, 1],
    ),
  );
}

/** ‖c‖² + 2 (CW)μ of each centroid: what ‖z − c‖² has besides ‖z‖² and the convolution. */
const shifts = (dictionary: NDArray<"f32">, { mu, half }: { mu: NDArray<"f32">; half: NDArray<"f32"> }): Float32Array =>
  half.data.map((value, i) => 2 * value + 2 * dot(dictionary, i, mu));

function dot(rows: NDArray<"f32">, i: number, vector: NDArray<"f32">): number {
  let sum = 0;
  const p = vector.data.length;
  for (let j = 0; j < p; j++) sum += (rows.data[i * p + j] as number) * (vector.data[j] as number);
  return sum;
}

/** C W, [K,P]; W is symmetric. */
function product(c: NDArray<"f32">, w: NDArray<"f32">): NDArray<"f32"> {
  const [k, p] = c.shape as [number, number];
  const data = new Float32Array(k * p);
  for (let i = 0; i < k; i++)
    for (let j = 0; j < p; j++) data[i * p + j] = dot(c, i, array(w.data.subarray(j * p, (j + 1) * p)));
  return array(data, [k, p]);
}

/** Means over cells: [h·w, cells²], one column a cell. */
function poolingMatrix(height: number, width: number, cells: number): NDArray<"f32"> {
  const edge = (i: number, length: number): number => Math.floor((i * length) / cells);
  const matrix = new Float32Array(height * width * cells ** 2);
  for (let a = 0; a < cells; a++)
    for (let b = 0; b < cells; b++) {
      const [top, bottom, left, right] = [edge(a, height), edge(a + 1, height), edge(b, width), edge(b + 1, width)];
      const share = 1 / ((bottom - top) * (right - left));
      for (let y = top; y < bottom; y++)
        for (let x = left; x < right; x++) matrix[(y * width + x) * cells ** 2 + a * cells + b] = share;
    }
  return array(matrix, [height * width, cells ** 2]);
}
