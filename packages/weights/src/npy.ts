import type { NDArray } from "@gmem/tensor";
import { atomicFile } from "./atomic-file.ts";
import { readBytes, writeBytes } from "./bytes-io.ts";
import { decodeArray, encode, fileDType, readable } from "./element.ts";
import { type NpyHeader, npyHeader, readNpyHeader } from "./npy-header.ts";
import { opening } from "./opening.ts";
import { gather, stridesOf } from "./strided.ts";
import { fileError } from "./weights-error.ts";

/**
 * The array whose elements are these bytes, which are ours: in C order and little-endian, whichever the file has.
 * @throws {WeightsError} code `WEIGHTS` for elements that are listed but not read.
 */
export function decodeNpy(bytes: Uint8Array, { dtype, shape, fortran, swapped }: NpyHeader, file: string): NDArray {
  const width = readable(dtype, file).bytes as 1 | 2 | 4 | 8;
  if (swapped && width > 1) {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    width === 2 ? buffer.swap16() : width === 4 ? buffer.swap32() : buffer.swap64();
  }
  const packed =
    bytes.length === 0 ? bytes : gather(bytes, { offset: 0, shape, strides: stridesOf(shape, fortran) }, width);
  return decodeArray(packed, { dtype, shape, file });
}

/** The two parts of a `.npy` file: header and elements. */
export function encodeNpy({ dtype, shape, data }: NDArray): readonly [Uint8Array, Uint8Array] {
  const as = fileDType(dtype, "f32") as "F32" | "F64" | "F16" | "I32" | "BOOL";
  return [npyHeader(as, shape), encode(data, as)];
}

/**
 * Reads one array of numpy: real numbers or booleans, of either byte order, C or Fortran order, versions 1 to 3.
 * @throws {WeightsError} code `FORMAT` for a malformed file, `WEIGHTS` for another element type or one that cannot be read.
 * @example
 * await writeNpy("x.npy", array([1, 2, 3, 4], [2, 2]));
 * const x = await readNpy("x.npy"); // f32 [2,2]
 */
export const readNpy = (path: string): Promise<NDArray> =>
  opening(path, async (handle, size) => {
    const header = await readNpyHeader((end) => readBytes(handle, { start: 0, end, file: path }), { file: path, size });
    readable(header.dtype, path);
    const value = decodeNpy(await readBytes(handle, { start: header.start, end: size, file: path }), header, path);
    await handle.close();
    return value;
  });

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
