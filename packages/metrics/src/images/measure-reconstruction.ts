import type { MetricResult, Tokenizer } from "@gmem/spec";
import { concatRows, type Engine, GMemError, type NDArray } from "@gmem/tensor";
import type { FidInception } from "../inception/fid-inception.ts";
import { bootstrapInterval } from "../intervals.ts";
import { measure } from "../protocols/measure.ts";
import type { ProtocolName } from "../protocols/protocol.ts";
import { protocols } from "../protocols/protocols.ts";
import type { LpipsNetwork } from "./lpips-network.ts";
import { meanDecibels, peakSignalToNoise } from "./signal-to-noise.ts";
import { structuralSimilarity } from "./structural-similarity.ts";

export interface ReconstructionOptions {
  /** Images [N,3,H,W] in [0, 1], at once or in blocks; only one block and its features are held. */
  readonly images: Iterable<NDArray<"f32">> | AsyncIterable<NDArray<"f32">>;
  /** Gives rFID: FID between images and what comes back of them. */
  readonly inception?: FidInception;
  readonly lpips?: LpipsNetwork;
  /** Of rFID, and of SSIM where it defines one; default `adm`, whose SSIM is the paper's, `valid`. */
  readonly protocol?: ProtocolName;
  readonly engine?: Engine;
  readonly level?: number;
}

/**
 * What a tokenizer loses: rFID, PSNR, SSIM and LPIPS between images and their reconstructions, in one pass, both rounded to 256
 * values as a file would hold them. PSNR is the mean of decibels.
 * @throws {GMemError} code `DATA` for no images, `NON_FINITE`.
 * @example
 * const images = [key(0).uniform([4, 3, 16, 16])];
 * const halves = async (x: NDArray<"f32">) => array(x.data.map((value) => value / 2), x.shape);
 * const [psnr, ssim] = await measureReconstruction({ encode: halves, decode: halves }, { images });
 */
export async function measureReconstruction(
  tokenizer: Pick<Tokenizer, "encode" | "decode">,
  options: ReconstructionOptions,
): Promise<readonly MetricResult[]> {
  const { images, inception, lpips, protocol = "adm", engine, level = 0.95 } = options;
  const similarity = protocols[protocol].similarity ?? "valid";
  const [decibels, similarities, distances]: [number[], number[], number[]] = [[], [], []];
  const features: { real: NDArray<"f32">[]; fake: NDArray<"f32">[] } = { real: [], fake: [] };
  for await (const given of images) {
    const block = bytes(given);
    const returned = bytes(await tokenizer.decode(await tokenizer.encode(given)));
    decibels.push(...peakSignalToNoise(block, returned, { range: 1 }));
    similarities.push(...structuralSimilarity(block, returned, { range: 1, protocol: similarity }));
    if (lpips) distances.push(...(await lpips.distances(block, returned)));
    if (!inception) continue;
    features.real.push((await inception.features(block)).pool);
    features.fake.push((await inception.features(returned)).pool);
  }
  const count = decibels.length;
  if (count === 0) throw new GMemError("DATA", "measureReconstruction: needs images, got none");
  const mean = (metric: string, values: readonly number[], named: MetricResult["options"]): MetricResult => {
    const { value, low, high } = bootstrapInterval(values, { level });
    const interval = { low, high, level, method: "bootstrap over images" };
    return { metric, value, interval, counts: { real: count, fake: count }, protocol, options: named, warnings: [] };
  };
  const capped = decibels.map((value) => meanDecibels(Float64Array.of(value)));
  const results = [
    mean("PSNR", capped, { range: 255, "equal images count as": 100, batch: "mean of decibels" }),
    mean("SSIM", similarities, { range: 255, windows: similarity }),
    ...(lpips ? [mean("LPIPS", distances, { network: lpips.id })] : []),
  ];
  if (!inception) return results;
  const [real, fake] = [concatRows(features.real), concatRows(features.fake)];
  const [fid] = await measure(
    { real: { features: real }, fake: { features: fake } },
    { metrics: ["fid"], protocol, level, ...(engine ? { engine } : {}) },
  );
  return [...results, { ...(fid as MetricResult), metric: "rFID" }];
}

/** Rounded to 256 values, still in [0, 1]. */
const bytes = (x: NDArray<"f32">): NDArray<"f32"> => ({
  ...x,
  data: x.data.map((value) => Math.round(Math.min(1, Math.max(0, value)) * 255) / 255),
});
