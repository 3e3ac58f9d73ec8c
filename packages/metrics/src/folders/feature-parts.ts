import type { FeatureExtractor } from "@gmem/spec";
import { computePart, partLength } from "./compute-part.ts";
import type { ExtractOptions } from "./extract-features.ts";
import { type FeatureCache, passKey } from "./feature-cache.ts";
import { pictureFit } from "./fit-picture.ts";
import type { PictureSource, Pictures } from "./pictures.ts";
import { sizeOf } from "./read-part.ts";

/** The parts of a set of pictures, each computed by itself. */
export interface FeatureParts {
  /** The pictures, whose digest is known. */
  readonly source: PictureSource;
  /** Digest of the pictures. */
  readonly content: string;
  /** How many there are, those that cannot be used included. */
  readonly pictures: number;
  /** Whether a cache has every part for every one of these extractors. */
  isKept(cache: FeatureCache, extractors: readonly Pick<FeatureExtractor, "id">[]): Promise<boolean>;
  /** Computes one part and keeps it: nothing of one with bad pictures that are refused. */
  keep(index: number, options: KeepOptions): Promise<void>;
}

export interface KeepOptions extends Pick<ExtractOptions, "extractors" | "signal"> {
  readonly cache: FeatureCache;
}

/**
 * The parts that `extractFeatures` computes one after the other, for whoever computes them apart: once all are in one cache, it
 * finds them there, the same to the bit.
 * @throws {GMemError} from `keep`: code `DATA` for several sizes without a resize, `NON_FINITE` naming the picture, `ABORTED`.
 * @example
 * // no-run
 * const parts = await featureParts(await pictureSource("samples"), { resize: "squeeze:64" });
 * for (let i = 0; i * 256 < parts.pictures; i++) await parts.keep(i, { extractors, cache: featureCache("features") });
 */
export async function featureParts(
  source: PictureSource,
  options: Pick<ExtractOptions, "resize" | "onBad" | "signal" | "onProgress"> = {},
): Promise<FeatureParts> {
  const { resize = "none", onBad = "refuse", ...reading } = options;
  const fit = pictureFit(resize);
  const content = await source.content(reading);
  const pictures = await source.open(reading);
  let size: Promise<string | undefined> | undefined;
  return {
    source: { ...source, content: async () => content },
    content,
    pictures: pictures.length,
    async isKept(cache, extractors) {
      const passes = await Promise.all(extractors.map(({ id }) => cache.pass(passKey({ content, id, resize, onBad }))));
      return passes.every(({ whole }) => whole === Math.ceil(pictures.length / partLength));
    },
    async keep(index, { cache, extractors, signal }) {
      size ??= resize === "none" ? firstSize(pictures) : Promise.resolve(undefined);
      const { parts, facts } = await computePart(pictures, {
        ...{ path: source.path, fit, size: await size, extractors, signal, onBad },
        from: index * partLength,
        to: Math.min(pictures.length, (index + 1) * partLength),
        hasBad: false,
      });
      if (onBad === "refuse" && facts.leftOut.length > 0) return;
      for (const [at, { id }] of extractors.entries()) {
        const pass = await cache.pass(passKey({ content, id, resize, onBad }));
        await pass.keep(index, { ...(parts[at] as (typeof parts)[number]), seconds: 0 }); // equal bytes whoever it was
      }
    },
  };
}

/** The one size that all pictures must have, as that of the first that can be used. */
async function firstSize(pictures: Pictures): Promise<string | undefined> {
  for (let index = 0; index < pictures.length; index++) {
    const found = await pictures.read(index);
    if ("image" in found) return sizeOf(found.image);
  }
  return undefined;
}
