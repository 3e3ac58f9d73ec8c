import { z } from "zod";
import { byKind } from "./by-kind.ts";
import { count, file, network } from "./scalars.ts";

/** Learned from the run's own images. */
const patchKmeans = z.strictObject({
  kind: z.literal("patch-kmeans"),
  clusters: count.default(200),
  patchSize: count.default(6),
  pooling: z.union([z.literal(2), z.literal(3)]).default(2),
  /** Patches that the dictionary is learned from. */
  patches: count.default(100_000),
  dim: count.default(256),
  /** Share of the largest eigenvalue added before dividing by the root; 0 leaves coordinates as they are. */
  whiten: z.number().min(0).default(0),
});

const dinov2 = z.strictObject({
  kind: z.literal("dinov2"),
  variant: z.enum(["vit-s/14", "vit-b/14", "vit-l/14", "vit-g/14"]).default("vit-b/14"),
  registers: z.number().int().min(0).default(0),
  weights: file,
  network,
});

const clip = z.strictObject({
  kind: z.literal("clip"),
  variant: z.enum(["vit-b/32", "vit-b/16", "vit-l/14"]).default("vit-l/14"),
  weights: file,
  network,
});

/** Any ONNX file from images to features. */
const onnx = z.strictObject({
  kind: z.literal("onnx"),
  weights: file,
  /** d. */
  dim: count,
  /** What happens to images before the network; see @gmem/encoders/onnx. */
  preprocessing: network,
  /** Default: the only output. */
  output: z.string().nullable().default(null),
  /** How an output of tokens becomes one vector. */
  pool: z.enum(["none", "cls", "mean"]).default("none"),
});

export const encoder = byKind([patchKmeans, dinov2, clip, onnx]);
