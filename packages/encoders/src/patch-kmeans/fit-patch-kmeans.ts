import {
  array,
  type Engine,
  GMemError,
  key,
  type NDArray,
  type RowNetwork,
  referenceEngine,
  rowRunner,
  stopIfAborted,
} from "@gmem/tensor";
import { RunningMoments, scatterProgram } from "@gmem/tensor/linalg";
import { batchSize } from "./batch-size.ts";
import { pooledFeatures } from "./features.ts";
import { type ImageSource, type Images, imageSource } from "./image-source.ts";
import { kmeans } from "./kmeans.ts";
import { principalAxes } from "./principal-axes.ts";
import { samplePatches } from "./sample-patches.ts";
import type { PatchKmeansWeights } from "./weights.ts";
import { whiten, zca } from "./zca.ts";

export interface FitProgress {
  readonly stage: "patches" | "dictionary" | "features" | "axes";
  readonly done: number;
  readonly total: number;
}

export interface FitPatchKmeansOptions {
  /** d, the width of a representation; default 256. */
  readonly dim?: number;
  /** K, dictionary entries; default 200. More does not help below some 10,000 images. */
  readonly clusters?: number;
  /** Side of a patch in pixels; default 6. */
  readonly patchSize?: number;
  /** Cells a side over which activations are averaged; default 2. 3 is better on photographs and costs more memory. */
  readonly pooling?: 2 | 3;
  /** Share of the largest eigenvalue in the partial whitening of the result; default 0.01. `false`: plain PCA. */
  readonly whiten?: number | false;
  /** Patches for the dictionary; default 100,000. */
  readonly patches?: number;
  /** At most so many images are looked at, drawn by `seed`; default 10,000. */
  readonly images?: number;
  readonly seed?: number;
  /** Default {@link referenceEngine}, which suits a few small images only. */
  readonly engine?: Engine;
  readonly onProgress?: (progress: FitProgress) => void;
  readonly signal?: AbortSignal;
}

const lloydSteps = 10;
const blockImages = 512;

/**
 * Learns an encoder from images in [0, 1], without labels: patches, contrast normalisation, ZCA, k-means dictionary,
 * pooled triangle activations (Coates, Lee & Ng 2011), then PCA to d. The same seed and engine give the same weights.
 * @throws {GMemError} code `CONFIG` for sizes that do not fit the images, `DATA` for bad pixels, `ABORTED` by `signal`.
 * @throws {ShapeError} if images are not [N,3,H,W].
 * @example
 * const images = key(0).uniform([12, 3, 8, 8]);
 * const weights = await fitPatchKmeans(images, { dim: 4, clusters: 5, patchSize: 3, patches: 60 });
 * const encoder = patchKmeans(weights);
 * const features = await encoder.encode(images); // [12,4]
 */
export async function fitPatchKmeans(images: Images, options: FitPatchKmeansOptions = {}): Promise<PatchKmeansWeights> {
  const {
    dim = 256,
    clusters = 200,
    patchSize = 6,
    pooling = 2,
    whiten: share = 0.01,
    patches: patchCount = 100_000,
  } = options;
  const { engine = referenceEngine(), onProgress, signal } = options;
  const rng = key(options.seed ?? 0);
  const source = await imageSource(images);
  const used = Math.min(source.count, options.images ?? 10_000);
  checkSizes({ dim, clusters, patchSize, pooling, patchCount, share }, { source, used });
  const rows = rng.split("images").permutation(source.count).subarray(0, used).sort();
  const report = (stage: FitProgress["stage"], done: number, total: number): void => {
    stopIfAborted(signal, "fitPatchKmeans: stopped by its signal, got no weights; run it again");
    onProgress?.({ stage, done, total });
  };

  const perImage = Math.max(1, Math.ceil(patchCount / used));
  const patches = await gatherPatches(source, rows, {
    take: (image, row) =>
      samplePatches(image, { ...source, size: patchSize, count: perImage, rng: rng.split("patches").split(row) }),
    width: perImage * 3 * patchSize ** 2,
    report: (done) => report("patches", done, used),
  });
  const patchRows = array(patches, [used * perImage, 3 * patchSize ** 2]);
  const whitening = await zca(patchRows);
  const onStep = (step: number): void => report("dictionary", step, lloydSteps);
  const centroids = await kmeans(whiten(whitening, patchRows), {
    clusters,
    steps: lloydSteps,
    engine,
    rng: rng.split("dictionary"),
    onStep,
  });

  const moments = new RunningMoments(clusters * pooling ** 2);
  const network: RowNetwork<"y"> = (_, x) => ({
    y: pooledFeatures({ whitening, centroids, patch: patchSize, pooling }, x), // [n,K·pooling²]
  });
  const features = rowRunner({ engine, batchSize });
  const scatter = await scatterProgram(engine, { dim: moments.dim, rows: Math.min(blockImages, used) });
  try {
    for (const block of blocks(rows)) {
      report("features", moments.count, used);
      const images = await source.block(block);
      const { y } = await features.run(images, { name: "features", network, ...(signal && { signal }) });
      moments.merge(await scatter.run(y.data));
    }
  } finally {
    await Promise.all([features.dispose(), scatter.dispose()]);
  }
  report("axes", 0, 1);
  const axes = await principalAxes(moments, { dim, whiten: share });
  report("axes", 1, 1);
  return {
    "zca.weight": whitening.weight,
    "zca.mean": whitening.mean,
    centroids,
    "pca.weight": axes,
    "pca.mean": array(Float32Array.from(moments.mean)),
  };
}

interface Gathering {
  readonly take: (image: Float32Array, row: number) => NDArray<"f32">;
  readonly width: number;
  readonly report: (done: number) => void;
}

/** What `take` makes of every image, one after the other. */
async function gatherPatches(
  source: ImageSource,
  rows: Int32Array,
  { take, width, report }: Gathering,
): Promise<Float32Array> {
  const out = new Float32Array(rows.length * width);
  const pixels = 3 * source.height * source.width;
  let done = 0;
  for (const block of blocks(rows)) {
    report(done);
    const { data } = await source.block(block);
    for (const [i, row] of block.entries())
      out.set(take(data.subarray(i * pixels, (i + 1) * pixels), row).data, done++ * width);
  }
  return out;
}

function* blocks(rows: Int32Array): Generator<Int32Array> {
  for (let from = 0; from < rows.length; from += blockImages) yield rows.subarray(from, from + blockImages);
}

interface Sizes {
  readonly dim: number;
  readonly clusters: number;
  readonly patchSize: number;
  readonly pooling: number;
  readonly patchCount: number;
  readonly share: number | false;
}

function checkSizes(sizes: Sizes, { source, used }: { source: ImageSource; used: number }): void {
  const { dim, clusters, patchSize, pooling, patchCount, share } = sizes;
  const { height, width } = source;
  const rule = (isMet: boolean, text: string): void => {
    if (!isMet) throw new GMemError("CONFIG", `fitPatchKmeans: ${text}`);
  };
  for (const [name, value] of Object.entries({ dim, clusters, patchSize, patches: patchCount, images: used }))
    rule(Number.isInteger(value) && value > 0, `${name} must be a positive whole number, got ${value}`);
  rule(pooling === 2 || pooling === 3, `pooling must be 2 or 3, got ${pooling}`);
  rule(
    patchSize + pooling - 1 <= Math.min(height, width),
    `patchSize must leave ${pooling} positions in ${height}×${width} images, got ${patchSize}`,
  );
  rule(
    clusters <= Math.max(patchCount, used),
    `clusters must be at most the number of patches, ${patchCount}, got ${clusters}`,
  );
  const most = Math.min(clusters * pooling ** 2, used);
  rule(dim <= most, `dim must be at most min(clusters·pooling², images) = ${most}, got ${dim}`);
  rule(share === false || share >= 0, `whiten must be a share ≥ 0 or false, got ${share}`);
}
