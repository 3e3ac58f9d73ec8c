import type { DType, NDArray, Shape, Storage } from "@gmem/tensor";
import { e4m3ToF32, e5m2ToF32 } from "./float8.ts";
import { bf16ToF32, f16ToF32, f32ToBf16, f32ToF16 } from "./half.ts";
import { WeightsError } from "./weights-error.ts";

/** Element types that can be read, by their names in safetensors files. */
export type FileDType =
  | "BOOL"
  | "U8"
  | "I8"
  | "F8_E5M2"
  | "F8_E4M3"
  | "I16"
  | "U16"
  | "F16"
  | "BF16"
  | "I32"
  | "U32"
  | "F32"
  | "F64"
  | "I64"
  | "U64";

interface Element {
  /** Bytes of one element. */
  readonly bytes: number;
  /** What it becomes when read, integers f64 where i32 is too narrow. */
  readonly dtype: DType;
  /** Little-endian bytes at an aligned offset → values; ours to keep. */
  readonly decode: (bytes: Uint8Array, file: string) => Storage[DType];
}

type View<T> = new (buffer: ArrayBufferLike, offset: number, length: number) => T;

const view = <T>(make: View<T> & { BYTES_PER_ELEMENT: number }, bytes: Uint8Array): T =>
  new make(bytes.buffer, bytes.byteOffset, bytes.byteLength / make.BYTES_PER_ELEMENT);

const small = (make: View<ArrayLike<number>> & { BYTES_PER_ELEMENT: number }): Element => ({
  bytes: make.BYTES_PER_ELEMENT,
  dtype: "i32",
  decode: (bytes) => Int32Array.from(view(make, bytes)),
});

/** Integers as i32, or as f64 if one of them needs more bits. */
function whole(values: ArrayLike<bigint | number>, file: string): Int32Array | Float64Array {
  const out = new Int32Array(values.length);
  for (let i = 0; i < out.length; i++) {
    const value = Number(values[i]);
    if (value < -2147483648 || value > 2147483647) return wide(values, file);
    out[i] = value;
  }
  return out;
}

function wide(values: ArrayLike<bigint | number>, file: string): Float64Array {
  const out = new Float64Array(values.length);
  for (let i = 0; i < out.length; i++) {
    const value = Number(values[i]);
    if (!Number.isSafeInteger(value))
      throw new WeightsError("WEIGHTS", { file, rule: "integers must be within ±2^53", found: String(values[i]) });
    out[i] = value;
  }
  return out;
}

/** What the file's element types are made of. */
export const elements: { readonly [K in FileDType]: Element } = {
  BOOL: { bytes: 1, dtype: "bool", decode: (bytes) => bytes },
  U8: small(Uint8Array),
  I8: small(Int8Array),
  F8_E5M2: { bytes: 1, dtype: "f32", decode: e5m2ToF32 },
  F8_E4M3: { bytes: 1, dtype: "f32", decode: e4m3ToF32 },
  I16: small(Int16Array),
  U16: small(Uint16Array),
  F16: { bytes: 2, dtype: "f32", decode: (bytes) => f16ToF32(view(Uint16Array, bytes)) },
  BF16: { bytes: 2, dtype: "f32", decode: (bytes) => bf16ToF32(view(Uint16Array, bytes)) },
  I32: { bytes: 4, dtype: "i32", decode: (bytes) => view(Int32Array, bytes) },
  U32: { bytes: 4, dtype: "i32", decode: (bytes, file) => whole(view(Uint32Array, bytes), file) },
  F32: { bytes: 4, dtype: "f32", decode: (bytes) => view(Float32Array, bytes) },
  F64: { bytes: 8, dtype: "f64", decode: (bytes) => view(Float64Array, bytes) },
  I64: { bytes: 8, dtype: "i32", decode: (bytes, file) => whole(view(BigInt64Array, bytes), file) },
  U64: { bytes: 8, dtype: "i32", decode: (bytes, file) => whole(view(BigUint64Array, bytes), file) },
};

/** Bits of types that are listed but not read, where they are known. */
const listed: Readonly<Record<string, number>> = {
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  C64: 64,
  C128: 128,
};

/** What reads a type of that name; undefined for one that is listed but not read. */
export const elementOf = (dtype: string): Element | undefined =>
  Object.hasOwn(elements, dtype) ? elements[dtype as FileDType] : undefined;

/** Bits of one element; undefined for a type that is not known. */
export function bitsOf(dtype: string): number | undefined {
  const element = elementOf(dtype);
  if (element) return element.bytes * 8;
  return Object.hasOwn(listed, dtype) ? listed[dtype] : undefined;
}

/**
 * Bytes of a tensor, up to whole ones; undefined when no file could hold it, NaN for a type whose size is not known.
 */
export function byteLength(dtype: string, shape: Shape): number | undefined {
  const bits = bitsOf(dtype);
  if (shape.includes(0)) return 0;
  let count = 1;
  for (const n of shape) {
    count *= n;
    if (!Number.isSafeInteger(count * 16)) return undefined;
  }
  return bits === undefined ? Number.NaN : Math.ceil((count * bits) / 8);
}

/** What reads a type. @throws {WeightsError} code `WEIGHTS` for one that is listed but not read. */
export function readable(dtype: string, file: string): Element {
  const element = elementOf(dtype);
  if (element) return element;
  const rule =
    "elements must be real numbers or booleans of a known type; complex numbers, text and others are listed but not read";
  throw new WeightsError("WEIGHTS", { file, rule, found: dtype });
}

/** An array of stored bytes, whose type `dtype` gives; ours to keep. @throws {WeightsError} code `WEIGHTS` */
export function decodeArray(
  bytes: Uint8Array,
  as: { readonly dtype: string; readonly shape: Shape; readonly file: string },
): NDArray {
  const { dtype, decode } = readable(as.dtype, as.file);
  const data = decode(bytes, as.file);
  const kind = data instanceof Float64Array ? "f64" : dtype;
  return { dtype: kind, shape: [...as.shape], data } as NDArray;
}

/** How float32 arrays are stored: as they are, or rounded to 16 bits. */
export type FloatStorage = "f32" | "f16" | "bf16";

/** The file's element type for an array of `dtype`. */
export function fileDType(dtype: DType, floats: FloatStorage): FileDType {
  if (dtype === "f32") return floats === "f16" ? "F16" : floats === "bf16" ? "BF16" : "F32";
  return ({ f64: "F64", f16: "F16", i32: "I32", bool: "BOOL" } as const)[dtype];
}

/** The bytes of values as the file stores them; a view where nothing has to change. */
export function encode(data: Storage[DType], as: FileDType): Uint8Array {
  const stored =
    data instanceof Float32Array && as === "F16"
      ? f32ToF16(data)
      : data instanceof Float32Array && as === "BF16"
        ? f32ToBf16(data)
        : data;
  return new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
}
