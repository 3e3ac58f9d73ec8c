import { type FileHandle, open } from "node:fs/promises";
import { type Named, sizeOf } from "@gmem/tensor";
import { readBytesSync } from "./bytes-io.ts";
import { elements } from "./element.ts";
import type { PlainValue } from "./flatten-checkpoint.ts";
import type { TensorEntry } from "./header.ts";
import { npyHeaderBytes, parseNpyHeader } from "./npy-header.ts";
import { arrayName } from "./npz.ts";
import { openSafetensors } from "./open-safetensors.ts";
import { openTorch } from "./open-torch.ts";
import { fileError } from "./weights-error.ts";
import { type WeightsFormat, weightsFormat } from "./weights-format.ts";
import { type OpenFile, readZipDirectory } from "./zip-directory.ts";
import { readZipEntry } from "./zip-read.ts";

/** What a file of weights holds, without its numbers. */
export interface Description {
  readonly path: string;
  readonly format: WeightsFormat;
  readonly tensors: Named<TensorEntry>;
  /** Everything that is not a tensor: metadata of safetensors, plain values of torch checkpoints. */
  readonly values: Named<PlainValue>;
  /** Elements of all tensors. */
  readonly elements: number;
  /** Bytes of all tensors as stored, shared ones counted each time. */
  readonly bytes: number;
}

/**
 * Describes a file of weights of any format, told by its content; only headers are read where the format allows it.
 * @throws {WeightsError} code `FORMAT` for a malformed file, `WEIGHTS` for one that cannot be read.
 * @example
 * await writeSafetensors("a.safetensors", { w: array([1, 2, 3, 4], [2, 2]) });
 * const { format, tensors, elements } = await describeWeights("a.safetensors"); // safetensors, w F32 [2,2], 4
 */
export async function describeWeights(path: string): Promise<Description> {
  const handle = await open(path, "r").catch((cause: unknown) => {
    throw fileError(path, "read", cause);
  });
  try {
    return await described(path, handle);
  } catch (cause) {
    throw fileError(path, "read", cause);
  } finally {
    await handle.close();
  }
}

async function described(path: string, handle: FileHandle): Promise<Description> {
  const where = { fd: handle.fd, size: (await handle.stat()).size, file: path };
  const format = weightsFormat(where);
  const { tensors, values } = await contents(where, format);
  const sizes = Object.values(tensors).map(({ dtype, shape }) => ({
    count: sizeOf(shape),
    width: elements[dtype].bytes,
  }));
  return {
    path,
    format,
    tensors,
    values,
    elements: sizes.reduce((sum, { count }) => sum + count, 0),
    bytes: sizes.reduce((sum, { count, width }) => sum + count * width, 0),
  };
}

async function contents(where: OpenFile, format: WeightsFormat): Promise<Pick<Description, "tensors" | "values">> {
  if (format === "safetensors") {
    const file = await openSafetensors(where.file);
    await file.close();
    return { tensors: file.tensors, values: file.metadata };
  }
  if (format === "torch") {
    const file = await openTorch(where.file);
    await file.close();
    return { tensors: file.tensors, values: file.values };
  }
  if (format === "npy") return { tensors: { array: npyEntry(where, { start: 0, size: where.size }) }, values: {} };
  const tensors: [string, TensorEntry][] = [];
  for (const entry of readZipDirectory(where).values()) {
    const name = arrayName(entry.name, where.file);
    const header =
      entry.method === 0
        ? npyEntry(where, entry)
        : parseNpyHeader(readZipEntry(where, entry).subarray(0, npyHeaderBytes), {
            file: where.file,
            size: entry.size,
          });
    tensors.push([name, { dtype: header.dtype, shape: header.shape }]);
  }
  return { tensors: Object.fromEntries(tensors), values: {} };
}

/** The header of an array stored at a place in a file. */
function npyEntry(
  { fd, file }: OpenFile,
  { start, size }: { readonly start: number; readonly size: number },
): TensorEntry {
  const first = readBytesSync(fd, { start, end: start + Math.min(size, npyHeaderBytes), file });
  const { dtype, shape } = parseNpyHeader(first, { file, size });
  return { dtype, shape };
}
