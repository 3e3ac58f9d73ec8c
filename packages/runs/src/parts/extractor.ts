import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { onnxEncoder, type Preprocessing } from "@gmem/encoders/onnx";
import { openOnnx } from "@gmem/engine-onnx";
import { featureExtractor, type ProtocolName } from "@gmem/metrics";
import { openExtractor } from "@gmem/metrics/folders";
import type { FeatureExtractor } from "@gmem/spec";
import { type Engine, GMemError } from "@gmem/tensor";
import type { WorkOptions } from "../progress.ts";
import { locateWeights } from "./locate-weights.ts";

export interface OpenFeaturesOptions extends WorkOptions {
  readonly engine: Engine;
  /** Whose resize to the network's size; default the usual one of the features. */
  readonly protocol?: ProtocolName | undefined;
}

/**
 * A feature extractor as people name it: `random-vgg`, `name=weights`, or `FILE.onnx` with the record of its pre-processing in
 * FILE.json beside it.
 * @throws {GMemError} code `CONFIG` for an unknown name, or a file that is not there; `WEIGHTS` for those of another network.
 * @example
 * // no-run
 * const extractor = await openFeatures("inception=pt_inception-2015-12-05-6726825d.pth", { engine });
 */
export async function openFeatures(word: string, options: OpenFeaturesOptions): Promise<FeatureExtractor> {
  const { engine, protocol, ...work } = options;
  const [name = "", ...rest] = word.split("=");
  if (name.endsWith(".onnx")) return onnxExtractor(word, engine);
  const given = rest.length > 0 ? rest.join("=") : undefined;
  const weights = given && (await locateWeights(`--features ${name}`, given, { what: name, ...work }));
  return openExtractor(name, { engine, weights, protocol });
}

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
    preprocessing = JSON.parse(await readFile(record, "utf8")) as Preprocessing;
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
