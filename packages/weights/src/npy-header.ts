import type { Shape } from "@gmem/tensor";
import { byteLength, type FileDType } from "./element.ts";
import { WeightsError } from "./weights-error.ts";

/** What a `.npy` file says of its array. */
export interface NpyHeader {
  /** Element type by the names of safetensors, or numpy's own word for one that is listed but not read. */
  readonly dtype: string;
  readonly shape: Shape;
  /** True if the first axis is the fastest. */
  readonly fortran: boolean;
  /** True if the elements are big-endian. */
  readonly swapped: boolean;
  /** Where the elements begin. */
  readonly start: number;
}

const types: ReadonlyMap<string, FileDType | "C64" | "C128"> = new Map([
  ["b1", "BOOL"],
  ["u1", "U8"],
  ["i1", "I8"],
  ["u2", "U16"],
  ["i2", "I16"],
  ["f2", "F16"],
  ["u4", "U32"],
  ["i4", "I32"],
  ["f4", "F32"],
  ["u8", "U64"],
  ["i8", "I64"],
  ["f8", "F64"],
  ["c8", "C64"],
  ["c16", "C128"],
]);
/** What a header takes but for arrays of many named fields; numpy writes 118 bytes. */
const usual = 4096;
/** The longest header that is read. */
const longest = 2 ** 20;

/** Reads the header of an array of `size` bytes, whose first bytes `head` gives. @throws {WeightsError} code `FORMAT` */
export async function readNpyHeader(
  head: (length: number) => Promise<Uint8Array> | Uint8Array,
  where: { readonly file: string; readonly size: number },
): Promise<NpyHeader> {
  const first = await head(Math.min(usual, where.size));
  const { end } = headerPlace(first, where);
  return parseNpyHeader(end <= first.length ? first : await head(Math.min(end, where.size)), where);
}

/** Where the text of a header begins and ends. */
function headerPlace(
  bytes: Uint8Array,
  { file, size }: { readonly file: string; readonly size: number },
): { readonly begin: number; readonly end: number } {
  const fail = (rule: string, found: string): never => {
    throw new WeightsError("FORMAT", { file, rule: `npy: ${rule}`, found });
  };
  if (bytes.length < 12 || bytes[0] !== 0x93 || new TextDecoder().decode(bytes.subarray(1, 6)) !== "NUMPY")
    fail("a file begins with \\\\x93NUMPY and its version", `${size} bytes`);
  const version = bytes[6] as number;
  if (version < 1 || version > 3) fail("the version is 1, 2 or 3", String(version));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const begin = version === 1 ? 10 : 12;
  const end = begin + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (end > Math.min(size, longest)) fail(`the header has at most ${longest} bytes and lies in the file`, `${end}`);
  return { begin, end };
}

/** Versions 1 to 3. @throws {WeightsError} code `FORMAT` */
function parseNpyHeader(bytes: Uint8Array, where: { readonly file: string; readonly size: number }): NpyHeader {
  const fail = (rule: string, found: string): never => {
    throw new WeightsError("FORMAT", { file: where.file, rule: `npy: ${rule}`, found });
  };
  const { begin, end: start } = headerPlace(bytes, where);
  if (start > bytes.length) fail("the header lies in the file", `${bytes.length} bytes`);
  const text = new TextDecoder("latin1").decode(bytes.subarray(begin, start));
  const field = (name: string, pattern: string): string =>
    text.match(new RegExp(`'${name}': *(${pattern}) *[,}]`))?.[1] ?? fail(`the header has ${name}`, text.slice(0, 100));
  const descr = text.match(/'descr': *(\[)/) ? field("descr", "\\[.*\\]") : field("descr", "'[^']{1,64}'").slice(1, -1);
  const dtype = types.get(descr.replace(/^[<>|=]/, "")) ?? (descr.length > 40 ? `${descr.slice(0, 40)}…` : descr);
  const fortran = field("fortran_order", "True|False") === "True";
  const list = field("shape", "\\((?:\\d+, *)*\\d*\\)").slice(1, -1);
  const shape = list
    .split(",")
    .filter((part) => part.trim() !== "")
    .map(Number);
  const length = byteLength(dtype, shape); // NaN for a type that is not known
  if (!Number.isNaN(length) && (length === undefined || start + length !== where.size))
    fail(
      `[${shape}] of ${descr} behind a header of ${start} bytes takes ${length} bytes; fetch the file again`,
      `${where.size - start}`,
    );
  return { dtype, shape, fortran, swapped: descr.startsWith(">"), start };
}

const descriptions = { F32: "<f4", F64: "<f8", F16: "<f2", I32: "<i4", BOOL: "|b1" } as const;

/** The header of a C-ordered array, padded as numpy does so that the elements begin at a multiple of 64. */
export function npyHeader(dtype: keyof typeof descriptions, shape: Shape): Uint8Array {
  const tuple = `(${shape.join(", ")}${shape.length === 1 ? "," : ""})`;
  const text = `{'descr': '${descriptions[dtype]}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const length = Math.ceil((10 + text.length + 1) / 64) * 64;
  const bytes = new TextEncoder().encode(`\0NUMPY\x01\0\0\0${text.padEnd(length - 11)}\n`);
  bytes[0] = 0x93;
  new DataView(bytes.buffer).setUint16(8, length - 10, true);
  return bytes;
}
