import {
  decibelsOfMeanError,
  featureStatistics,
  frechetDistance,
  inceptionScore,
  kernelDistance,
  meanDecibels,
  peakSignalToNoise,
  precisionRecall,
  structuralSimilarity,
} from "@gmem/metrics";
import type { FeatureStatistics } from "@gmem/spec";
import { array, type NDArray } from "@gmem/tensor";
import type { ParityCase, ParityFile } from "./case.ts";
import { distinct, metadataNumber, type Results, unstack } from "./network.ts";

const number = (value: number): NDArray => array(Float64Array.of(value), [], "f64");
const vector = (values: readonly number[] | Float64Array): NDArray =>
  array(Float64Array.from(values), [values.length], "f64");
const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const floats = (x: NDArray): NDArray<"f32"> => array(Float32Array.from(x.data), x.shape);

/** Fréchet distances of stored statistics and of features; the original's root and the exact one are the same number. */
async function frechet(file: ParityFile): Promise<Results> {
  const results: Results = {};
  for (const name of file.names.filter((name) => name.startsWith("out/fid_features"))) {
    const [a, b] = [floats(file.get("in/features1")), floats(file.get("in/features2"))];
    results[name] = number(await frechetDistance(await featureStatistics(a), await featureStatistics(b)));
  }
  const kinds = file.names.filter((name) => name.startsWith("in/stats/")).map((name) => name.split("/")[2] as string);
  for (const kind of distinct(kinds)) {
    const side = (i: 1 | 2): FeatureStatistics => ({
      count: 2,
      mean: Float64Array.from(file.get(`in/stats/${kind}/mu${i}`).data),
      covariance: Float64Array.from(file.get(`in/stats/${kind}/sigma${i}`).data),
    });
    const distance = number(await frechetDistance(side(1), side(2)));
    results[`out/fid_${kind}`] = distance;
    results[`out/fid_${kind}_eig`] = distance;
  }
  return results;
}

/** Precision and recall by squared distances and by distances, in both precisions: the same shares. */
async function neighbours(file: ParityFile): Promise<Results> {
  const [real, fake] = [floats(file.get("in/features1")), floats(file.get("in/features2"))];
  const neighbours = file.number(
    "k",
    file.number("nearest_k", metadataNumber(file.metadata.notes, /\bto the\s*/) ?? 3),
  );
  const { precision, recall, radii } = await precisionRecall(real, fake, { neighbours });
  const shares = ["f32", "f64", "torchfidelity"].flatMap((kind): [string, NDArray][] => [
    [`out/precision_${kind}`, number(precision)],
    [`out/recall_${kind}`, number(recall)],
  ]);
  return {
    "out/radii_ref_squared": vector(radii.real),
    "out/radii_sample_squared": vector(radii.fake),
    ...Object.fromEntries(shares),
  };
}

/** Inception scores of consecutive parts of the logits, `out/is_splitSIZE`. */
function scores(file: ParityFile): Results {
  const results: Results = {};
  for (const name of file.names) {
    const size = /^out\/is_split(\d+)$/.exec(name)?.[1];
    if (size === undefined) continue;
    const logits = floats(file.get("in/is_logits"));
    results[name] = number(inceptionScore(logits, { splitSize: Number(size) }).score);
  }
  return results;
}

async function kernel(file: ParityFile): Promise<Results> {
  const [first, second] = [file.get("in/kid_idx1"), file.get("in/kid_idx2")];
  const subsets = Array.from({ length: first.shape[0] ?? 0 }, (_, i) => {
    const rows = (of: NDArray): Int32Array => Int32Array.from(unstack(of, i).data);
    return [rows(first), rows(second)] as const;
  });
  const [a, b] = [floats(file.get("in/features1")), floats(file.get("in/features2"))];
  const { mean, deviation, values } = await kernelDistance(a, b, { subsets });
  return { "out/kid_mean": number(mean), "out/kid_std": number(deviation), "out/kid_per_subset": vector(values) };
}

function images(file: ParityFile): Results {
  const [x, y] = [file.get("in/imgX"), file.get("in/imgY")];
  const range = file.number("data_range", 1);
  const similarity = structuralSimilarity(x, y, { range });
  const decibels = peakSignalToNoise(x, y, { range });
  return {
    "out/ssim_per_image": vector(similarity),
    "out/ssim_pytorch_msssim": number(mean(similarity)),
    "out/ssim_pytorch_msssim_f32": number(mean(similarity)),
    "out/ssim_skimage_gaussian_population": number(mean(similarity)),
    "out/ssim_skimage_uniform7_default": number(mean(structuralSimilarity(x, y, { range, protocol: "scikit-image" }))),
    "out/psnr_per_image": vector(decibels),
    "out/psnr_mean_of_images": number(meanDecibels(decibels)),
    "out/psnr_over_batch": number(decibelsOfMeanError(decibels)),
  };
}

/** Distances of distributions and of images against pytorch-fid, ADM's evaluator, torch-fidelity and scikit-image. */
export const metricsCase: ParityCase = {
  component: "metrics",
  async run(file) {
    const has = (...names: readonly string[]): boolean => names.every((name) => file.shapes[name] !== undefined);
    return {
      ...(await frechet(file)),
      ...(has("in/features1", "in/features2") && (await neighbours(file))),
      ...(has("in/kid_idx1", "in/kid_idx2") && (await kernel(file))),
      ...(has("in/imgX", "in/imgY") && images(file)),
      ...scores(file),
    };
  },
  // scipy's root of singular matrices is good to five digits
  tolerance: (_, name) => ({ atol: 1e-9, rtol: name.includes("fid_singular_") ? 1e-5 : 1e-6 }),
};
