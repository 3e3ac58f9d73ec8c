import { readFile } from "node:fs/promises";
import type { NDArray } from "@gmem/tensor";
import { atomicFile } from "./atomic-file.ts";
import { writeBytes } from "./bytes-io.ts";
import { decodeArray, elements, encode, fileDType } from "./element.ts";
import { npyHeader, npyHeaderBytes, parseNpyHeader } from "./npy-header.ts";
import { gather, stridesOf } from "./strided.ts";
import { fileError } from "./weights-error.ts";

/** The array in the bytes of a `.npy` file, in C order whichever order the file has. */
export function decodeNpy(bytes: Uint8Array, file: string): NDArray {
  const header = parseNpyHeader(bytes.subarray(0, npyHeaderBytes), { file, size: bytes.length });
  const { dtype, shape, fortran, start } = header;
  const strides = stridesOf(shape, fortran);
  const stored = new Uint8Array(bytes.subarray(start)); // aligned, and a Buffer's slice would not be a copy
  const packed =
    stored.length === 0
      ? stored
      : gather(stored, { offset: 0, shape, strides }, elements[dtype].bytes as 1 | 2 | 4 | 8);
  return decodeArray(packed, { dtype, shape, file });
}

/** The two parts of a `.npy` file: header and elements. */
export function encodeNpy({ dtype, shape, data }: NDArray): readonly [Uint8Array, Uint8Array] {
  const as = fileDType(dtype, "f32") as "F32" | "F64" | "F16" | "I32" | "BOOL";
  return [npyHeader(as, shape), encode(data, as)];
}

/**
 * Reads one array of numpy: little-endian numbers or booleans, C or Fortran order, versions 1 and 2.
 * @throws {WeightsError} code `FORMAT` for a malformed file or another element type, `WEIGHTS` for one that cannot be read.
 * @example
 * await writeNpy("x.npy", array([1, 2, 3, 4], [2, 2]));
 * const x = await readNpy("x.npy"); // f32 [2,2]
 */
export async function readNpy(path: string): Promise<NDArray> {
  try {
    const bytes = await readFile(path);
    return decodeNpy(bytes, path);
  } catch (cause) {
    throw fileError(path, "read", cause);
  }
}

/**
 * Writes one array as numpy does, complete or not at all.
 * @throws {WeightsError} code `DISK_FULL` when there is no room, else `WEIGHTS`; the old file is untouched.
 * @example
 * await writeNpy("x.npy", array([1, 2, 3, 4], [2, 2]));
 */
export async function writeNpy(path: string, value: NDArray): Promise<void> {
  const file = await atomicFile(path);
  try {
    const [header, elementBytes] = encodeNpy(value);
    await writeBytes(file.handle, header, 0);
    await writeBytes(file.handle, elementBytes, header.length);
  } catch (cause) {
    await file.abort();
    throw fileError(path, "write", cause);
  }
  await file.commit();
}
