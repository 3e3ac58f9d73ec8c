import { onnxEngine } from "@gmem/engine-onnx";
import type { ProtocolName } from "@gmem/metrics";
import { type ExtractOptions, featureCache } from "@gmem/metrics/folders";
import { checkReading, openFeatures } from "@gmem/runs";
import type { FeatureExtractor, Metric } from "@gmem/spec";
import type { Engine } from "@gmem/tensor";
import { cacheFolder, hubSettings, progressLines, stopOnInterrupt, withFetchedWeights } from "@gmem/terminal";
import { evaluationConfig } from "./evaluation-config.ts";

/** Flags of every command that reads pictures. */
export interface ReadingFlags {
  readonly features?: readonly string[];
  readonly protocol?: string;
  readonly resize: string;
  readonly onBad: string;
  readonly cache?: string | boolean;
  readonly config?: string;
  readonly json?: boolean;
}

/** What those flags ask for, opened. */
export interface Reading extends Omit<ExtractOptions, "signal" | "onProgress" | "extractors"> {
  readonly engine: Engine;
  readonly extractors: readonly FeatureExtractor[];
  readonly protocol?: ProtocolName;
  readonly ownMetrics: readonly Metric[];
  readonly signal: AbortSignal;
  readonly onProgress: ReturnType<typeof progressLines>;
  close(): Promise<void>;
}

/** @throws {GMemError} code `CONFIG` for a flag that makes no sense, before anything is read. */
export async function openReading(flags: ReadingFlags): Promise<Reading> {
  const { cache } = flags;
  const how = checkReading(flags);
  const own = await evaluationConfig(flags.config);
  const { protocol } = how;
  const hub = hubSettings();
  const features = flags.features ?? (own.features.length > 0 ? [] : ["random-vgg"]);
  const engine = await onnxEngine();
  const extractors: FeatureExtractor[] = [];
  const close = async (): Promise<void> => {
    for (const extractor of extractors) await extractor.dispose?.();
    await engine.dispose();
  };
  const onProgress = progressLines();
  const signal = stopOnInterrupt("what is done of the features is kept, nothing else is written");
  try {
    for (const word of features)
      extractors.push(await openFeatures(withFetchedWeights(word), { engine, protocol, hub, onProgress, signal }));
    extractors.push(...own.features);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    ...{ ...how, engine, extractors, signal, onProgress, close },
    ownMetrics: own.metrics,
    ...(cache !== false && { cache: featureCache(typeof cache === "string" ? cache : cacheFolder("features")) }),
  };
}
