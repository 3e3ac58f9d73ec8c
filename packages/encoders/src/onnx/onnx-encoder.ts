import type { Encoder } from "@gmem/spec";
import {
  array,
  type Engine,
  GMemError,
  inBlocks,
  type NDArray,
  referenceEngine,
  rowRunner,
  ShapeError,
  takeRows,
} from "@gmem/tensor";
import { f16ToF32, f32ToF16, textHash } from "@gmem/weights";
import { featureOutput, type ImageModel, imageInput, type ModelValue } from "./image-model.ts";
import { hasPlaces, patchTokens } from "./patch-tokens.ts";
import { featureDim, type Pool, poolFeatures } from "./pool-features.ts";
import { preprocess } from "./preprocess.ts";
import { checkPreprocessing, type Preprocessing } from "./preprocessing.ts";

export interface OnnxEncoderOptions {
  /** An opened file. It stays the caller's, who closes it. */
  readonly model: ImageModel;
  /** What the network's authors do to images: it is not in the file. */
  readonly preprocessing: Preprocessing;
  readonly name: string;
  /** Which output; default: the only one. */
  readonly output?: string;
  /** Default "none". */
  readonly pool?: Pool;
  /** Which output holds the tokens of patches; default the same, where it has a place for each. */
  readonly tokens?: string;
  /** d, of a file that does not state it. */
  readonly dim?: number;
  /** Default: name, content of the file, and a hash of pre-processing, output and pooling. */
  readonly id?: string;
  /** What computes the pre-processing; default {@link referenceEngine}, which suits small images only. */
  readonly engine?: Engine;
  /** Images that go through at a time, if the file does not fix it; default 8. */
  readonly batchSize?: number;
}

/** An {@link Encoder} of a network whose insides are not ours. */
export interface OnnxEncoder extends Encoder {
  /**
   * Tokens of patches [N,grid²,width] of images in [0, 1], in rows: REPA's targets; interpolated where the network has another
   * grid. Absent of a network without an output for them.
   */
  patchTokens?(images: NDArray<"f32">, options: { readonly grid: number }): Promise<NDArray<"f32">>;
  /** Frees what the engine holds for the pre-processing. */
  dispose(): Promise<void>;
}

/**
 * Any network from images to features as an encoder: an opened ONNX file and the pre-processing that belongs to it, declared
 * as data. Images come as [N,3,H,W] in [0, 1].
 * @throws {GMemError} code `CONFIG` for a record with an unknown or impossible field, or a model whose input or output does
 * not fit it.
 * @example
 * // no-run
 * import { openOnnx } from "@gmem/engine-onnx";
 * const encoder = onnxEncoder({
 *   name: "dino-vitb16",
 *   model: await openOnnx("dino-vitb16/model.onnx"),
 *   preprocessing: {
 *     resize: { size: 224, filter: "bicubic-pillow", fit: "squash" },
 *     mean: [0.485, 0.456, 0.406],
 *     std: [0.229, 0.224, 0.225],
 *   },
 *   output: "last_hidden_state",
 *   pool: "cls",
 * });
 * const features = await encoder.encode(images); // [N,768]
 */
export function onnxEncoder(options: OnnxEncoderOptions): OnnxEncoder {
  const { model, name, pool = "none", engine = referenceEngine() } = options;
  const record = checkPreprocessing(options.preprocessing);
  const { layout } = record;
  const where = `onnxEncoder "${name}"`;
  const input = imageInput(where, model, record);
  const output = featureOutput(where, model, options.output);
  const stated = featureDim(where, output, { pool, layout });
  const dim = options.dim ?? stated;
  if (dim === undefined || (stated !== undefined && stated !== dim))
    throw new GMemError(
      "CONFIG",
      `${where}: dim must be the width of ${output.name} [${output.shape.join(",")}], got ${dim ?? "none; give { dim }"}`,
    );
  const fixed = typeof input.shape[0] === "number" ? input.shape[0] : undefined;
  const batchSize = fixed ?? options.batchSize ?? 8;
  const runner = rowRunner({ engine, batchSize });

  const places = options.tokens === undefined ? output : featureOutput(where, model, options.tokens);
  const named = options.tokens !== undefined;
  const givesTokens = hasPlaces(places, { pool: named ? "mean" : pool, layout });
  if (named && !givesTokens)
    throw new GMemError(
      "CONFIG",
      `${where}: tokens must name an output [N,T,d], or maps, got ${places.name} [${places.shape.join(",")}]`,
    );

  /** One output of the network for [n] images. */
  const outputOf = async (images: NDArray<"f32">, { name: wanted }: ModelValue): Promise<NDArray<"f32">> => {
    const { x } = await runner.run(images, {
      name: "preprocess",
      network: (_, block) => ({ x: preprocess(block, record) }), // [n,…]
    });
    const { [wanted]: y } = await model.run({ [input.name]: input.dtype === "f16" ? toHalf(x) : x });
    if (!y) throw new GMemError("ENGINE", `${where}: the model must give "${wanted}", got nothing of that name`);
    return toSingle(y);
  };
  const inRows = async (
    images: NDArray<"f32">,
    work: (block: NDArray<"f32">) => Promise<NDArray<"f32">>,
  ): Promise<NDArray<"f32">> => {
    const [n, channels, height, width] = images.shape;
    if (images.shape.length !== 4 || !n || channels !== 3 || !height || !width)
      throw new ShapeError(where, "needs images [N,3,H,W] in [0, 1]", [images.shape]);
    const block = async (rows: Int32Array) => ({ y: await work(takeRows(images, rows)) });
    return (await inBlocks(n, batchSize, block)).y as NDArray<"f32">;
  };

  return {
    name,
    dim,
    id: options.id ?? `${name}-${model.hash}-${textHash([JSON.stringify([record, output.name, pool])])}`,
    encode: (images) =>
      inRows(images, async (block) => poolFeatures(where, await outputOf(block, output), { pool, layout, dim })), // [n,d]
    ...(givesTokens && {
      patchTokens: (images: NDArray<"f32">, { grid }: { readonly grid: number }) =>
        inRows(images, async (block) => patchTokens(where, await outputOf(block, places), { grid, layout })),
    }),
    dispose: () => runner.dispose(),
  };
}

const toHalf = ({ data, shape }: NDArray<"f32">): NDArray<"f16"> => array(f32ToF16(data), shape, "f16");

const toSingle = (x: NDArray): NDArray<"f32"> =>
  x.dtype === "f16" ? array(f16ToF32((x as NDArray<"f16">).data), x.shape) : (x as NDArray<"f32">);
