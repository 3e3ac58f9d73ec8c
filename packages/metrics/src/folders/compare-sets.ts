import { GMemError } from "@gmem/tensor";
import { type ComparedSide, type Comparison, compareExtracted, type MeasuringOptions } from "./compare-extracted.ts";
import { type ExtractOptions, extractFeatures } from "./extract-features.ts";
import { pictureSource } from "./picture-source.ts";
import type { PictureSource } from "./pictures.ts";
import { readStatistics, type StoredStatistics } from "./stored-statistics.ts";

export interface CompareOptions extends ExtractOptions, Omit<MeasuringOptions, "extractors"> {}

/**
 * Compares two sets of pictures, the first being real: folders, `.npz`, `.safetensors`, `.tar` or `.parquet`, or saved
 * statistics. One pass over the pictures of a side serves all metrics of all extractors.
 * @throws {GMemError} code `CONFIG` for a metric that cannot be computed here, `DATA` naming the file for what cannot be used,
 * `NON_FINITE`, `ABORTED`.
 * @example
 * // no-run
 * const { results } = await compareSets("photographs", "samples", { extractors: [featureExtractor(randomVgg({ engine }))], engine });
 * for (const { metric, value, interval } of results) `${metric} ${value} [${interval.low}, ${interval.high}]`;
 */
export async function compareSets(real: string, fake: string, options: CompareOptions): Promise<Comparison> {
  const { extractors, resize, onBad, cache, ...measuring } = options;
  const { signal, onProgress } = measuring;
  const sides = [await openSide(real, onBad), await openSide(fake, onBad)] as const;
  if (!sides[0].source && !sides[1].source)
    throw new GMemError("DATA", "folders: one side must be pictures, got statistics of both");
  const extracting = { extractors, cache, signal, onProgress, ...(resize && { resize }), ...(onBad && { onBad }) };
  const extracted = async ({ path, source, statistics }: OpenSide): Promise<ComparedSide> => {
    const set = source && (await extractFeatures(source, extracting));
    return { path, ...(set && { set }), ...(statistics && { statistics }) };
  };
  return compareExtracted(await extracted(sides[0]), await extracted(sides[1]), { extractors, ...measuring });
}

interface OpenSide {
  readonly path: string;
  readonly source?: PictureSource;
  readonly statistics?: StoredStatistics;
}

async function openSide(path: string, onBad: "refuse" | "skip" = "refuse"): Promise<OpenSide> {
  const statistics = path.endsWith(".npz") ? await readStatistics(path) : undefined;
  if (statistics && !statistics.withPictures) return { path, statistics };
  return { path, source: await pictureSource(path, { onBad }), ...(statistics && { statistics }) };
}
