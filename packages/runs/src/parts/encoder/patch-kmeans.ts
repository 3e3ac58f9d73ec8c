import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import {
  fitPatchKmeans,
  loadPatchKmeans,
  originOfPatchKmeans,
  patchKmeans,
  savePatchKmeans,
} from "@gmem/encoders/patch-kmeans";
import type { Dataset, ImageExample } from "@gmem/spec";
import { GMemError } from "@gmem/tensor";
import { textHash } from "@gmem/weights";
import { z } from "zod";
import { count } from "../../config/scalars.ts";
import type { EncoderContext, EncoderKind, OpenEncoder } from "../encoder-kind.ts";

const schema = z.strictObject({
  kind: z.literal("patch-kmeans").describe("Learned from the run's own images; needs no download."),
  clusters: count.default(200).describe("Entries of the dictionary."),
  patchSize: count.default(6).describe("Side of a patch in pixels."),
  pooling: z
    .union([z.literal(2), z.literal(3)])
    .default(2)
    .describe("Cells a side that activations are averaged over; 3 is better on photographs and costs more memory."),
  patches: count.default(100_000).describe("Patches that the dictionary is learned from."),
  dim: count.default(256).describe("Width of a feature, d."),
  whiten: z
    .number()
    .min(0)
    .default(0)
    .describe("Share of the largest eigenvalue added before dividing by the root; 0 leaves coordinates as they are."),
});

type Settings = z.output<typeof schema>;

export const patchKmeansKind: EncoderKind<typeof schema> = {
  schema,
  async open(settings, context) {
    const { engine, path, images, seed, madeFrom, onProgress } = context;
    const origin = madeFrom && textHash([JSON.stringify([settings, seed]), madeFrom]);
    if (existsSync(path)) {
      const isOther = origin !== undefined && images && (await originOfPatchKmeans(path)) !== origin;
      if (!isOther) return patchKmeans(await loadPatchKmeans(path), { engine });
      const result = `${path} is of other settings or images: learned again`;
      onProgress?.({ stage: "encoder", done: 0, total: 100, result });
    }
    if (images) return learn(settings, images, { ...context, origin });
    throw new GMemError(
      "WEIGHTS",
      `encoder: needs ${path} to encode images, got no such file; restore it, or build the bank again`,
    );
  },
  widths: ({ dim, clusters }, images = dim) => ({ dim: learnedWidth(dim, images), tokens: clusters }),
  check({ patchSize, pooling }, { at, imageSize, grid }) {
    const least = patchSize - 1 + (grid ?? pooling); // places of a patch: one a cell at least
    if (imageSize < least)
      throw new GMemError(
        "CONFIG",
        `${at}: images must be ${least} pixels a side or more for patches of ${patchSize} in ${grid ?? pooling} × ${grid ?? pooling} cells, got image.size=${imageSize}; set a smaller patchSize of the encoder`,
      );
  },
};

/** Part of the whole time that each stage takes, in per cent. */
const share = { patches: [0, 10], dictionary: [10, 35], features: [35, 95], axes: [95, 100] } as const;

/** Width of features that so many images can tell apart: they have n − 1 axes. */
const learnedWidth = (dim: number, images: number): number => (dim <= images ? dim : Math.max(1, images - 1));

/** Learns a dictionary of patches from the images and keeps it. @throws {GMemError} code `DATA` for fewer than two images. */
async function learn(
  { kind: _, whiten, dim: asked, ...settings }: Settings,
  images: Dataset<ImageExample>,
  { engine, path, seed, signal, onProgress, origin }: EncoderContext & { readonly origin: string | undefined },
): Promise<OpenEncoder> {
  if (images.length < 2)
    throw new GMemError(
      "DATA",
      `encoder: patch-kmeans is learned from 2 images or more, got ${images.length} to train on; add images, or set encoder.kind=dinov2`,
    );
  const dim = learnedWidth(asked, images.length);
  const weights = await fitPatchKmeans(images, {
    ...settings,
    dim,
    engine,
    seed,
    whiten: whiten === 0 ? false : whiten,
    ...(signal ? { signal } : {}),
    onProgress({ stage, done, total }) {
      const [from, to] = share[stage];
      const percent = Math.round(from + ((to - from) * done) / Math.max(1, total));
      onProgress?.({ stage: "encoder", done: percent, total: 100, note: stage });
    },
  });
  await mkdir(dirname(path), { recursive: true });
  await savePatchKmeans(path, weights, origin === undefined ? {} : { origin });
  const encoder = patchKmeans(weights, { engine });
  const lower = dim < asked ? ` · ${dim} wide, as ${asked} need as many images` : "";
  const result = `learned from ${images.length} images${lower} · ${encoder.id}`;
  onProgress?.({ stage: "encoder", done: 100, total: 100, result });
  return encoder;
}
