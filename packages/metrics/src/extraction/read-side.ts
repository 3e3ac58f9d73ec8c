import type { FeatureExtractor, ImageFeatures, Metric, MetricSide } from "@gmem/spec";
import {
  checkFinite,
  checkOptions,
  concatRows,
  GMemError,
  type NDArray,
  type OptionTable,
  ShapeError,
} from "@gmem/tensor";
import type { MetricName } from "../protocols/built-in-metrics.ts";
import { metricOf } from "../protocols/measure.ts";
import { outputFor } from "../protocols/sides.ts";

export interface ReadSideOptions {
  readonly extractor: FeatureExtractor;
  /** What is to be measured: only the outputs that they need are kept. */
  readonly metrics: readonly (MetricName | Metric)[];
  readonly side: "real" | "fake";
}

const table: OptionTable<ReadSideOptions> = { extractor: "required", metrics: "required", side: "required" };

/**
 * One side of {@link measure}: images [n,3,H,W] in blocks through an extractor, in one pass for all metrics. Blocks are dropped
 * once they are seen.
 * @throws {GMemError} code `DATA` for no images, or an extractor without an output that a metric needs, before any image is
 * read; `NON_FINITE` naming the image. @throws {ShapeError} if the extractor gives other shapes than it says.
 * @example
 * // no-run
 * const options = { extractor: featureExtractor(inception), metrics: ["fid", "is"] } as const;
 * const real = await readSide(photographs, { ...options, side: "real" });
 * const fake = await readSide(samples, { ...options, side: "fake" });
 * const results = await measure({ real, fake }, { metrics: options.metrics, features: options.extractor });
 */
export async function readSide(
  images: Iterable<NDArray<"f32">> | AsyncIterable<NDArray<"f32">>,
  options: ReadSideOptions,
): Promise<MetricSide> {
  checkOptions("readSide", options, table);
  const { extractor, side } = options;
  const outputs = neededOutputs(options);
  const blocks = new Map(outputs.map((output) => [output, [] as NDArray<"f32">[]]));
  let count = 0;
  for await (const block of images) {
    const given = await extractor.extract(block);
    const [n = 0] = block.shape;
    for (const [output, kept] of blocks) {
      const rows = given[output];
      const width = extractor.widths[output];
      if (rows?.shape.length !== 2 || rows.shape[0] !== n || rows.shape[1] !== width)
        throw new ShapeError(`readSide: ${extractor.name}`, `must give ${output} [${n},${width}]`, [rows?.shape ?? []]);
      checkFinite(
        { [output]: rows },
        { where: `readSide: ${extractor.name}`, row: (i) => `${side} image ${count + i}` },
      );
      kept.push(rows);
    }
    count += n;
  }
  if (count === 0) throw new GMemError("DATA", `readSide: needs ${side} images, got none`);
  return Object.fromEntries([...blocks].map(([output, kept]) => [output, concatRows(kept)])) as MetricSide;
}

/** @throws {GMemError} code `DATA` for an output that the extractor lacks. */
function neededOutputs({ extractor, metrics, side }: ReadSideOptions): readonly (keyof ImageFeatures)[] {
  const outputs = new Set<keyof ImageFeatures>();
  for (const { name, needs } of metrics.map(metricOf))
    for (const input of needs[side].map(outputFor)) {
      if (input === "pictures") continue;
      const output = input as keyof ImageFeatures;
      if (extractor.widths[output] === undefined)
        throw new GMemError(
          "DATA",
          `readSide: ${name} needs ${output}, ${extractor.name} gives ${Object.keys(extractor.widths).join(", ")}; use one that has it, as that of fidInception`,
        );
      outputs.add(output);
    }
  return [...outputs];
}
