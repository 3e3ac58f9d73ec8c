import { concatRows, type Named, type NDArray, type Shape } from "@gmem/tensor";
import { mapNames } from "@gmem/weights";
import { cutArray, originalSanaNames, ourSanaNames, rowsOfPart } from "../sana/original-names.ts";
import type { Shaped } from "./measure.ts";

/** Whose names a file with a Sana has: diffusers', the original code's, or OpenUni's, in which it is a `transformer`. */
export type SanaNames = "diffusers" | "original" | "openuni";

/** By names alone; undefined for a file without a Sana. */
export function sanaNames(names: readonly string[]): SanaNames | undefined {
  if (names.some((name) => /^(t2s\.)?meta_queries$/.test(name))) return "openuni";
  if (names.some((name) => /^(transformer_blocks|caption_projection)\./.test(name))) return "diffusers";
  return names.some((name) => name.startsWith("y_embedder.y_proj.")) ? "original" : undefined;
}

/** Language model and tokenizer of OpenUni, which are parts of their own here. */
const elsewhere = /^(lmm|vae)\./;

/** Tensors under our names. What is fused becomes several, of arrays views of the same memory; what no Sana has is left out. */
export function ourSanaTensors<T extends Shaped>(tensors: Named<T>, names: SanaNames): Named<T> {
  if (names === "original") return ourSanaNames(tensors, cut);
  if (names === "diffusers") return tensors;
  const own = Object.entries(tensors).filter(([name]) => !elsewhere.test(name));
  return mapNames(Object.fromEntries(own), (name) =>
    name.replace(/^transformer\./, "").replace(/^(meta_queries$|connector\.|projector\.)/, "t2s.$1"),
  );
}

/** The inverse of {@link ourSanaTensors}, without what was left out. */
export function officialSanaTensors<T extends Shaped>(parameters: Named<T>, names: SanaNames): Named<T> {
  if (names === "original") return originalSanaNames(parameters, join);
  if (names === "diffusers") return parameters;
  return mapNames(parameters, (name) => (name.startsWith("t2s.") ? name.slice(4) : `transformer.${name}`));
}

/** Where a parameter of ours stands in a file. */
export interface StoredTensor {
  /** Its name there. */
  readonly name: string;
  readonly shape: Shape;
  /** Where the tensor of this name holds several, one after another by rows: which of how many. */
  readonly part?: readonly [index: number, count: number];
}

/**
 * Tensors of a checkpoint under our names, and where each stands in it, so that a file can be read tensor by tensor. Names of
 * every network but Sana stay as they are.
 * @throws {GMemError} code `WEIGHTS` for a fused matrix whose rows are not so many equal parts.
 * @example
 * const stored = storedTensors({ "y_embedder.y_proj.fc1.bias": f32(8), "blocks.0.cross_attn.kv_linear.bias": f32(16) });
 * stored["transformer_blocks.0.attn2.to_v.bias"]; // the second of 2 parts of blocks.0.cross_attn.kv_linear.bias, [8]
 */
export function storedTensors(tensors: Named<Shaped>): Named<StoredTensor> {
  const own = Object.fromEntries(Object.entries(tensors).map(([name, { shape }]) => [name, { name, shape }]));
  const names = sanaNames(Object.keys(tensors));
  return names ? ourSanaTensors(own, names) : own;
}

/** Equal parts of rows, of an array or of what has a shape. */
function cut<T extends Shaped>(value: T, parts: { readonly count: number; readonly name: string }): readonly T[] {
  if ("data" in value) return cutArray(value as Shaped as NDArray, parts) as readonly Shaped[] as readonly T[];
  const shape = [rowsOfPart(value.shape, parts), ...value.shape.slice(1)];
  return Array.from({ length: parts.count }, (_, i): T => ({ ...value, shape, part: [i, parts.count] }));
}

function join<T extends Shaped>(parts: readonly T[]): T {
  const [first] = parts as readonly [T];
  if ("data" in first) return concatRows(parts as readonly Shaped[] as readonly NDArray[]) as Shaped as T;
  const rows = parts.reduce((sum, { shape }) => sum + (shape[0] ?? 0), 0);
  return { ...first, shape: [rows, ...first.shape.slice(1)] };
}
