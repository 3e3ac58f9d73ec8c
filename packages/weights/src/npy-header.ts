import type { Shape } from "@gmem/tensor";
import type { FileDType } from "./element.ts";
import { byteLength } from "./header.ts";
import { WeightsError } from "./weights-error.ts";

/** What a `.npy` file says of its array. */
export interface NpyHeader {
  readonly dtype: FileDType;
  readonly shape: Shape;
  /** True if the first axis is the fastest. */
  readonly fortran: boolean;
  /** Where the elements begin. */
  readonly start: number;
}

const types: Readonly<Record<string, FileDType>> = {
  "|b1": "BOOL",
  "|u1": "U8",
  "|i1": "I8",
  "<u2": "U16",
  "<i2": "I16",
  "<f2": "F16",
  "<u4": "U32",
  "<i4": "I32",
  "<f4": "F32",
  "<u8": "U64",
  "<i8": "I64",
  "<f8": "F64",
};
/** The longest header that is read; numpy writes 118 bytes. */
export const npyHeaderBytes = 4096;

/**
 * Reads the header of an array of numpy, versions 1 and 2, from the first bytes of a file of `size` bytes.
 * @throws {WeightsError} code `FORMAT`
 */
export function parseNpyHeader(bytes: Uint8Array, where: { readonly file: string; readonly size: number }): NpyHeader {
  const fail = (rule: string, found: string): never => {
    throw new WeightsError("FORMAT", { file: where.file, rule: `npy: ${rule}`, found });
  };
  if (bytes.length < 12 || bytes[0] !== 0x93 || new TextDecoder().decode(bytes.subarray(1, 6)) !== "NUMPY")
    fail("a file begins with \\\\x93NUMPY and its version", `${where.size} bytes`);
  const version = bytes[6];
  if (version !== 1 && version !== 2) fail("the version is 1 or 2", String(version));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const first = version === 1 ? 10 : 12;
  const start = first + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (start > bytes.length) fail(`the header has at most ${npyHeaderBytes} bytes and lies in the file`, `${start}`);
  const text = new TextDecoder("latin1").decode(bytes.subarray(first, start));
  const field = (name: string, pattern: string): string =>
    text.match(new RegExp(`'${name}': *(${pattern}) *[,}]`))?.[1] ?? fail(`the header has ${name}`, text.slice(0, 100));
  const descr = field("descr", "'[^']{1,8}'").slice(1, -1);
  const dtype = types[descr] ?? fail("elements are little-endian numbers or booleans", descr);
  const fortran = field("fortran_order", "True|False") === "True";
  const list = field("shape", "\\((?:\\d+, *)*\\d*\\)").slice(1, -1);
  const shape = list
    .split(",")
    .filter((part) => part.trim() !== "")
    .map(Number);
  const length = byteLength(dtype, shape);
  if (length === undefined || start + length !== where.size)
    fail(
      `[${shape}] of ${descr} behind a header of ${start} bytes takes ${length} bytes; fetch the file again`,
      `${where.size - start}`,
    );
  return { dtype, shape, fortran, start };
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
