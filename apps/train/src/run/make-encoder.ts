import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { type ClipConfig, clip, clipB16, clipB32, clipL14 } from "@gmem/encoders/clip";
import { type Dinov2Config, dinov2, dinov2B, dinov2G, dinov2L, dinov2S } from "@gmem/encoders/dinov2";
import { fitPatchKmeans, loadPatchKmeans, patchKmeans, savePatchKmeans } from "@gmem/encoders/patch-kmeans";
import type { Dataset, Encoder, ImageExample } from "@gmem/spec";
import { type Engine, GMemError, type NDArray } from "@gmem/tensor";
import { readWeights } from "@gmem/weights";
import type { RunConfig } from "../config/schema.ts";
import { progress } from "../output/progress.ts";
import { openOnnxEncoder } from "./onnx-encoder.ts";
import { weightsFile } from "./weights-file.ts";

/** An encoder that may give tokens of patches, which REPA aligns with. */
export type OpenEncoder = Encoder & {
  /** Tokens [N,T,width] of images [N,3,S,S], T = grid². */
  patchTokens?(images: NDArray<"f32">, options: { readonly grid: number }): Promise<NDArray<"f32">>;
  /** f(x) [N,d] and those tokens in one pass, at the encoder's own grid. */
  tokens?(images: NDArray<"f32">): Promise<{ readonly classToken: NDArray<"f32">; readonly patches: NDArray<"f32"> }>;
  /** Gives back what the engine does not. */
  dispose?(): Promise<void>;
};

type Settings = RunConfig["encoder"];

export interface EncoderOptions {
  readonly engine: Engine;
  readonly settings: Settings;
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
}

const dinov2Variants = { "vit-s/14": dinov2S, "vit-b/14": dinov2B, "vit-l/14": dinov2L, "vit-g/14": dinov2G } as const;
const clipVariants = { "vit-b/32": clipB32, "vit-b/16": clipB16, "vit-l/14": clipL14 } as const;

/**
 * The encoder of a run: a published one by its weights; otherwise the one at `path`, learned from the images if it is not
 * there yet.
 */
export async function openEncoder(
  path: string,
  images: Dataset<ImageExample> | undefined,
  options: EncoderOptions,
): Promise<OpenEncoder> {
  const { engine, settings, signal } = options;
  switch (settings.kind) {
    case "patch-kmeans":
      if (existsSync(path)) return patchKmeans(await loadPatchKmeans(path), { engine });
      if (images) return learn(path, images, { ...options, settings });
      throw new GMemError(
        "WEIGHTS",
        `encoder: needs ${path} to encode images, got no such file; restore it, or build the bank again`,
      );
    case "dinov2":
      return dinov2(dinov2Config(settings), { engine, weights: await weightsOf(settings, signal) });
    case "clip":
      return clip(clipConfig(settings), { engine, weights: await weightsOf(settings, signal) });
    case "onnx":
      return openOnnxEncoder(await fileOf(settings, signal), settings, engine);
  }
}

/** d, and the width of patch tokens, without opening the encoder. */
export function encoderWidths(settings: Settings): { readonly dim: number; readonly tokens?: number } {
  switch (settings.kind) {
    case "patch-kmeans":
      return { dim: settings.dim, tokens: settings.clusters };
    case "dinov2":
      return { dim: dinov2Config(settings).hiddenSize, tokens: dinov2Config(settings).hiddenSize };
    case "clip":
      return { dim: clipConfig(settings).dim };
    case "onnx":
      return { dim: settings.dim };
  }
}

const dinov2Config = ({ variant, registers, network }: Extract<Settings, { kind: "dinov2" }>): Dinov2Config => {
  const published = dinov2Variants[variant];
  const name = registers > 0 ? `${published.name}-reg` : published.name;
  return { ...published, name, registers, ...network };
};

const clipConfig = ({ variant, network }: Extract<Settings, { kind: "clip" }>): ClipConfig => ({
  ...clipVariants[variant],
  ...network,
});

const fileOf = ({ kind, weights }: Exclude<Settings, { kind: "patch-kmeans" }>, signal: AbortSignal | undefined) =>
  weightsFile("encoder.weights", weights, { what: kind, signal });

const weightsOf = async (settings: Extract<Settings, { kind: "dinov2" | "clip" }>, signal: AbortSignal | undefined) =>
  (await readWeights(await fileOf(settings, signal))).tensors;

/** Learns a dictionary of patches from the images and keeps it at `path`. */
async function learn(
  path: string,
  images: Dataset<ImageExample>,
  options: EncoderOptions & { readonly settings: Extract<Settings, { kind: "patch-kmeans" }> },
): Promise<OpenEncoder> {
  const { engine, settings, seed, signal } = options;
  const { clusters, patchSize, pooling, patches, dim, whiten } = settings;
  const line = progress({ label: "encoder", total: 100 });
  const share = { patches: [0, 10], dictionary: [10, 35], features: [35, 95], axes: [95, 100] } as const;
  const weights = await fitPatchKmeans(images, {
    ...{ engine, seed, clusters, patchSize, dim, pooling, patches, whiten: whiten === 0 ? false : whiten },
    ...(signal ? { signal } : {}),
    onProgress({ stage, done, total }) {
      const [from, to] = share[stage];
      line.update(Math.round(from + ((to - from) * done) / Math.max(1, total)), stage);
    },
  });
  await mkdir(dirname(path), { recursive: true });
  await savePatchKmeans(path, weights);
  const encoder = patchKmeans(weights, { engine });
  line.finish(`learned from ${images.length} images · ${encoder.id}`);
  return encoder;
}
