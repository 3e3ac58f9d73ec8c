import { GMemError, referenceEngine } from "@gmem/tensor";
import type { z } from "zod";
import { byKind } from "../config/by-kind.ts";
import { clipKind } from "./encoder/clip.ts";
import { dinov2Kind } from "./encoder/dinov2.ts";
import { onnxKind } from "./encoder/onnx.ts";
import { patchKmeansKind } from "./encoder/patch-kmeans.ts";
import type { EncoderContext, EncoderUse, EncoderWidths, OpenEncoder } from "./encoder-kind.ts";
import { module, openModule } from "./module.ts";

const kinds = { "patch-kmeans": patchKmeansKind, dinov2: dinov2Kind, clip: clipKind, onnx: onnxKind } as const;

export const encoder = byKind([patchKmeansKind.schema, dinov2Kind.schema, clipKind.schema, onnxKind.schema, module]);

type Settings = z.output<typeof encoder>;

/**
 * The encoder of a run: a published one by its weights; otherwise the one at `context.path`, learned from the images if it is
 * not there yet.
 */
export async function openEncoder(settings: Settings, context: EncoderContext): Promise<OpenEncoder> {
  if (settings.kind === "module") return openModule("encoder", settings, { engine: context.engine });
  return kinds[settings.kind].open(settings as never, context);
}

/** d, and the width of patch tokens, without the encoder's weights; of one that is learned, from so many images. */
export async function encoderWidths(settings: Settings, images?: number): Promise<EncoderWidths> {
  if (settings.kind !== "module") return kinds[settings.kind].widths(settings as never, images);
  const engine = referenceEngine();
  const { dim, patchTokens }: OpenEncoder = await openModule("encoder", settings, { engine });
  await engine.dispose();
  return { dim, ...(patchTokens && { tokens: dim }) };
}

/**
 * Refuses an encoder for what it is to be used for, without its weights.
 * @throws {GMemError} code `CONFIG` if it gives no tokens of patches where they are wanted, or images are too small for it.
 */
export async function checkEncoder(settings: Settings, use: EncoderUse): Promise<void> {
  if (use.grid !== undefined && (await encoderWidths(settings)).tokens === undefined)
    throw new GMemError("CONFIG", noTokens(use.at, settings.kind));
  if (settings.kind !== "module") kinds[settings.kind].check?.(settings as never, use);
}

/** What is said of an encoder without tokens of patches. */
export const noTokens = (at: string, name: string): string =>
  `${at}: the encoder must give tokens of patches, got ${name}, which gives none; dinov2, clip and patch-kmeans do, and an onnx file with \`tokens\``;
