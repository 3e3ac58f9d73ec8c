import type { ProtocolName } from "@gmem/metrics";
import { type ExtractOptions, featureCache } from "@gmem/metrics/folders";
import { checkReading, openEngine, openFeatures, type RunConfig } from "@gmem/runs";
import type { FeatureExtractor, Metric } from "@gmem/spec";
import type { Engine } from "@gmem/tensor";
import { cacheFolder, hubSettings, progressLines, stopOnInterrupt, withFetchedWeights } from "@gmem/terminal";
import { isShared, type ShareFlags } from "@gmem/workers";
import { evaluationConfig } from "./evaluation-config.ts";

/** Flags of every command that reads pictures. */
export interface ReadingFlags {
  readonly features?: readonly string[];
  readonly protocol?: string;
  readonly resize: string;
  readonly onBad: string;
  readonly cache?: string | boolean;
  readonly config?: string;
  /** Of each process; default all cores, and one where several processes share the work. */
  readonly threads?: number;
  readonly json?: boolean;
}

/** What those flags ask for, opened. */
export interface Reading extends Omit<ExtractOptions, "signal" | "onProgress" | "extractors"> {
  readonly engine: Engine;
  readonly extractors: readonly FeatureExtractor[];
  readonly protocol?: ProtocolName;
  readonly ownMetrics: readonly Metric[];
  readonly words: ReadingAgain;
  readonly signal: AbortSignal;
  readonly onProgress: ReturnType<typeof progressLines>;
  close(): Promise<void>;
}

/** What another process takes to open the same. */
export interface ReadingAgain {
  /** Names of extractors with their weights; none for those of --config. */
  readonly features: readonly string[];
  /** Where features are kept; absent with --no-cache. */
  readonly cache?: string;
  readonly engine: RunConfig["engine"];
}

/** @throws {GMemError} code `CONFIG` for a flag that makes no sense, before anything is read. */
export async function openReading(flags: ReadingFlags & ShareFlags): Promise<Reading> {
  const { threads = isShared(flags) ? 1 : null } = flags;
  const how = checkReading(flags);
  const own = await evaluationConfig(flags.config);
  const { protocol } = how;
  const hub = hubSettings();
  const features = (flags.features ?? (own.features.length > 0 ? [] : ["random-vgg"])).map((word) =>
    withFetchedWeights(word),
  );
  const settings = { kind: "onnx", device: "cpu", threads } as const;
  const engine = await openEngine(settings);
  const extractors: FeatureExtractor[] = [];
  const close = async (): Promise<void> => {
    for (const extractor of extractors) await extractor.dispose?.();
    await engine.dispose();
  };
  const onProgress = progressLines();
  const signal = stopOnInterrupt("what is done of the features is kept, nothing else is written");
  try {
    for (const word of features)
      extractors.push(await openFeatures(word, { engine, protocol, hub, onProgress, signal }));
    extractors.push(...own.features);
  } catch (error) {
    await close();
    throw error;
  }
  const cache =
    flags.cache === false ? undefined : typeof flags.cache === "string" ? flags.cache : cacheFolder("features");
  return {
    words: { features, engine: settings, ...(cache && { cache }) },
    ...{ ...how, engine, extractors, signal, onProgress, close },
    ownMetrics: own.metrics,
    ...(cache && { cache: featureCache(cache) }),
  };
}
