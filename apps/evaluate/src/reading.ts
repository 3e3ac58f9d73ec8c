import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { basename, join } from "node:path";
import { onnxEncoder, type Preprocessing } from "@gmem/encoders/onnx";
import { onnxEngine, openOnnx } from "@gmem/engine-onnx";
import { featureExtractor, type ProtocolName, protocols } from "@gmem/metrics";
import { type ExtractOptions, featureCache, openExtractor, type PictureFit } from "@gmem/metrics/folders";
import { locateWeights } from "@gmem/runs";
import type { FeatureExtractor, Metric } from "@gmem/spec";
import { didYouMean, type Engine, GMemError } from "@gmem/tensor";
import { hubSettings, progressLines, stopOnInterrupt } from "@gmem/terminal";
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
  const { resize, onBad, cache, protocol } = flags;
  if (onBad !== "refuse" && onBad !== "skip")
    throw new GMemError("CONFIG", `--on-bad must be refuse or skip, got "${onBad}"`);
  if (protocol !== undefined && !(protocol in protocols))
    throw new GMemError(
      "CONFIG",
      `--protocol must be one of ${Object.keys(protocols).join(", ")}, got "${protocol}".${didYouMean(protocol, Object.keys(protocols))}`,
    );
  const own = await evaluationConfig(flags.config);
  const features = flags.features ?? (own.features.length > 0 ? [] : ["random-vgg"]);
  const engine = await onnxEngine();
  const extractors: FeatureExtractor[] = [];
  const close = async (): Promise<void> => {
    for (const extractor of extractors) await extractor.dispose?.();
    await engine.dispose();
  };
  const onProgress = progressLines();
  const signal = stopOnInterrupt("what is done of the features is kept, nothing else is written");
  const named = protocol as ProtocolName | undefined;
  try {
    for (const word of features)
      extractors.push(await extractorOf(word, { engine, protocol: named, onProgress, signal }));
    extractors.push(...own.features);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    ...{ engine, extractors, resize: resize as PictureFit, onBad, signal, onProgress, close },
    ownMetrics: own.metrics,
    ...(named && { protocol: named }),
    ...(cache !== false && { cache: featureCache(typeof cache === "string" ? cache : usualCache()) }),
  };
}

const usualCache = (): string => join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "gmem", "features");

interface Opening {
  readonly engine: Engine;
  readonly protocol: ProtocolName | undefined;
  readonly onProgress: Reading["onProgress"];
  readonly signal: AbortSignal;
}

/** `name`, `name=weights` or `FILE.onnx`. */
async function extractorOf(word: string, { engine, protocol, ...work }: Opening): Promise<FeatureExtractor> {
  const [name = "", ...rest] = word.split("=");
  if (name.endsWith(".onnx")) return onnxExtractor(word, engine);
  const given = rest.length > 0 ? rest.join("=") : undefined;
  const found = given ?? (name === "inception" ? torchCache("pt_inception-2015-12-05-6726825d.pth") : undefined);
  const weights =
    found === undefined
      ? undefined
      : await locateWeights(`--features ${name}`, found, { what: name, hub: hubSettings(), ...work });
  return openExtractor(name, { engine, weights, protocol });
}

/** A file where PyTorch's programs keep what they fetched. */
function torchCache(file: string): string | undefined {
  const home = process.env.TORCH_HOME ?? join(homedir(), ".cache", "torch");
  const path = join(home, "hub", "checkpoints", file);
  return existsSync(path) ? path : undefined;
}

/** A network of an ONNX file, with the record of its pre-processing in FILE.json beside it. */
async function onnxExtractor(path: string, engine: Engine): Promise<FeatureExtractor> {
  const record = path.replace(/\.onnx$/, ".json");
  for (const file of [path, record])
    if (!existsSync(file))
      throw new GMemError(
        "CONFIG",
        `--features ${path}: needs the network and, in ${record}, what is done to images before it, such as {"resize":{"size":224,"filter":"bicubic-pillow","fit":"squash"}}, got no ${file}`,
      );
  let preprocessing: Preprocessing;
  try {
    preprocessing = JSON.parse(readFileSync(record, "utf8")) as Preprocessing;
  } catch (cause) {
    throw new GMemError("CONFIG", `${record}: must be JSON, got ${(cause as Error).message}`, { cause });
  }
  const model = await openOnnx(path);
  const encoder = onnxEncoder({ model, engine, preprocessing, name: basename(path, ".onnx") });
  const dispose = async (): Promise<void> => {
    await encoder.dispose();
    await model.close();
  };
  return { ...featureExtractor(encoder), dispose };
}
