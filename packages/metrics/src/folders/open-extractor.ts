import { clip, clipL14, clipNames } from "@gmem/encoders/clip";
import { type Dinov2Config, dinov2B, dinov2G, dinov2L, dinov2Names, dinov2S } from "@gmem/encoders/dinov2";
import type { FeatureExtractor } from "@gmem/spec";
import { didYouMean, type Engine, GMemError, type Named, type NDArray } from "@gmem/tensor";
import { readWeights } from "@gmem/weights";
import { dinov2ForMetrics } from "../dinov2-protocols.ts";
import { featureExtractor } from "../extraction/feature-extractor.ts";
import { fidInception } from "../inception/fid-inception.ts";
import type { ProtocolName } from "../protocols/protocol.ts";
import { protocols } from "../protocols/protocols.ts";
import { randomVgg } from "../random-vgg/random-vgg.ts";

/** Networks whose features metrics are made of. `random-vgg` needs no weights. */
export type ExtractorName = "random-vgg" | "inception" | "dinov2" | "clip";

/** Published weights of each, for people who have none yet. */
export const extractorWeights: Readonly<Record<Exclude<ExtractorName, "random-vgg">, string>> = {
  inception: "pt_inception-2015-12-05-6726825d.pth of pytorch-fid's release fid_weights, 95 MB",
  dinov2: "model.safetensors of facebook/dinov2-large, 1.2 GB",
  clip: "model.safetensors of openai/clip-vit-large-patch14-336, 1.7 GB",
};

export interface OpenExtractorOptions {
  readonly engine: Engine;
  /** The file of published weights, of any format; none for `random-vgg`. */
  readonly weights?: string | undefined;
  /** Whose resize to the network's size; default the usual one of the features. */
  readonly protocol?: ProtocolName | undefined;
}

const names: readonly ExtractorName[] = ["random-vgg", "inception", "dinov2", "clip"];

/**
 * A network of published weights as a feature extractor, its size read from the file.
 * @throws {GMemError} code `CONFIG` for an unknown name, or without the weights that it takes; `WEIGHTS` for those of another network.
 * @example
 * // no-run
 * const extractor = await openExtractor("inception", { engine, weights: "pt_inception-2015-12-05-6726825d.pth" });
 */
export async function openExtractor(name: string, options: OpenExtractorOptions): Promise<FeatureExtractor> {
  const { engine, weights: file, protocol } = options;
  if (!isExtractor(name))
    throw new GMemError(
      "CONFIG",
      `features: must be one of ${names.join(", ")}, or a file that ends in .onnx, got "${name}".${didYouMean(name, names)}`,
    );
  if (name === "random-vgg") return featureExtractor(randomVgg({ engine }));
  if (file === undefined)
    throw new GMemError("CONFIG", `features: ${name} needs its weights, got none; ${extractorWeights[name]}`);
  const { tensors } = await readWeights(file);
  if (name === "inception") {
    const { resize } = protocols[protocol ?? "adm"];
    return featureExtractor(await fidInception({ engine, weights: tensors, resize }));
  }
  if (name === "clip") {
    const encoder = clip(clipConfig(tensors, file), { engine, weights: tensors });
    return featureExtractor(encoder);
  }
  const weights = dinov2Names(tensors);
  const config = dinov2Config(weights, file);
  const how = protocol === "torch-fidelity" ? protocol : "dgm-eval";
  const encoder = dinov2ForMetrics({ engine, config, weights, protocol: how });
  return featureExtractor(encoder);
}

const isExtractor = (name: string): name is ExtractorName => (names as readonly string[]).includes(name);

/** L/14, at 224 or 336 pixels as its table of positions says. */
function clipConfig(tensors: Named<NDArray>, file: string): typeof clipL14 {
  const positions = clipNames(tensors)["visual.positional_embedding"]?.shape[0] ?? 0;
  const grid = Math.sqrt(positions - 1);
  if (grid === 16) return clipL14;
  if (grid === 24) return { ...clipL14, name: "clip-vit-l14-336", imageSize: 336 };
  throw new GMemError(
    "WEIGHTS",
    `features: "${file}" must be CLIP L/14 at 224 or 336 pixels, got ${positions} positions; take ${extractorWeights.clip}`,
  );
}

/** The published size whose width the weights have. */
function dinov2Config(weights: Named<NDArray>, file: string): Dinov2Config {
  const width = weights.cls_token?.shape.at(-1);
  const found = [dinov2S, dinov2B, dinov2L, dinov2G].find(({ hiddenSize }) => hiddenSize === width);
  if (!found)
    throw new GMemError(
      "WEIGHTS",
      `features: "${file}" must be DINOv2 S, B, L or G, got a class token of ${width ?? "no"} features; take ${extractorWeights.dinov2}`,
    );
  return weights.register_tokens ? { ...found, name: `${found.name}-reg`, registers: 4 } : found;
}
