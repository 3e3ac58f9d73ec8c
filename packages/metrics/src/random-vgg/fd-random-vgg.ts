import type { Encoder, FeatureStatistics } from "@gmem/spec";
import type { Engine, NDArray } from "@gmem/tensor";
import { featureStatistics } from "../frechet/feature-statistics.ts";
import { frechetDistance } from "../frechet/frechet-distance.ts";
import { randomVgg } from "./random-vgg.ts";

export interface ImageDistance {
  /** What to print: never "FID". */
  readonly name: "FD-random-vgg";
  readonly value: number;
  /** Images on each side; distances of other counts do not compare. */
  readonly counts: readonly [real: number, fake: number];
}

export interface FdRandomVggOptions {
  readonly engine: Engine;
  /** Seed of the network; default 0. */
  readonly seed?: number;
}

/**
 * Statistics of images under {@link randomVgg}; keep those of the real images when several models are compared.
 * @throws {ShapeError} for anything but [N,3,H,W]. @throws {GMemError} code `DATA` for fewer than two images or values
 * outside [0, 1], `NON_FINITE`.
 * @example
 * // no-run
 * const real = await imageStatistics(images, { engine });
 */
export function imageStatistics(images: NDArray<"f32">, options: FdRandomVggOptions): Promise<FeatureStatistics> {
  return encoded(images, { encoder: randomVgg(options), engine: options.engine });
}

const encoded = async (images: NDArray<"f32">, how: { encoder: Encoder; engine: Engine }): Promise<FeatureStatistics> =>
  featureStatistics(await how.encoder.encode(images), { engine: how.engine });

/**
 * Fréchet distance of images [N,3,H,W] in [0, 1] under a random VGG-16, for settings without a pretrained network.
 * Smaller is closer; compare equal counts, sizes and seeds only. Either side may be given by its statistics.
 * @throws {ShapeError | GMemError} as {@link imageStatistics}.
 * @example
 * // no-run
 * const { name, value, counts } = await fdRandomVgg(photographs, samples, { engine });
 */
export async function fdRandomVgg(
  real: NDArray<"f32"> | FeatureStatistics,
  fake: NDArray<"f32"> | FeatureStatistics,
  options: FdRandomVggOptions,
): Promise<ImageDistance> {
  const how = { encoder: randomVgg(options), engine: options.engine };
  const [a, b] = ["data" in real ? await encoded(real, how) : real, "data" in fake ? await encoded(fake, how) : fake];
  const value = await frechetDistance(a, b, { engine: options.engine });
  return { name: "FD-random-vgg", value, counts: [a.count, b.count] };
}
