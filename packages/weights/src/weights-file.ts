import type { FileHandle } from "node:fs/promises";
import type { Named, NDArray } from "@gmem/tensor";
import { readBytesSync } from "./bytes-io.ts";
import type { PlainValue } from "./flatten-checkpoint.ts";
import type { TensorEntry } from "./header.ts";
import { decodeNpy, readNpy } from "./npy.ts";
import { npyHeaderBytes, parseNpyHeader } from "./npy-header.ts";
import { arrayName } from "./npz.ts";
import { openSafetensors } from "./open-safetensors.ts";
import { openTorch } from "./open-torch.ts";
import { opening, reading } from "./opening.ts";
import { missingTensor } from "./weights-error.ts";
import { type WeightsFormat, weightsFormat } from "./weights-format.ts";
import { type OpenFile, readZipDirectory, type ZipEntry } from "./zip-directory.ts";
import { readZipEntry } from "./zip-read.ts";

/** An open file of weights of any format: names and shapes are in memory, tensors are read when asked for. */
export interface WeightsFile {
  readonly path: string;
  readonly format: WeightsFormat;
  /** Bytes on the disk, of all its files. */
  readonly size: number;
  /** Element type as stored, and shape, by name. */
  readonly tensors: Named<TensorEntry>;
  /** Everything that is not a tensor: metadata of safetensors, plain values of torch checkpoints. */
  readonly values: Named<PlainValue>;
  /** A whole tensor. F16 and BF16 become f32, F64 f64, integers i32, or f64 where they need it. */
  read(name: string): Promise<NDArray>;
  close(): Promise<void>;
}

/** Opens one file of any format, told by its content, with every tensor under its name in the file. */
export const openWeightsFile = (path: string): Promise<WeightsFile> =>
  opening(path, async (handle, size) => {
    const where = { fd: handle.fd, size, file: path };
    const format = weightsFormat(where);
    if (format === "npz") return archive(where, handle);
    const file = await opened(where, format);
    await handle.close();
    return file;
  });

async function opened(where: OpenFile, format: "safetensors" | "torch" | "npy"): Promise<WeightsFile> {
  const { file: path, size } = where;
  if (format === "npy") return oneArray(where);
  if (format === "torch") return { ...(await openTorch(path)), format, size };
  const file = await openSafetensors(path);
  return { ...file, format, size, values: file.metadata };
}

/** A `.npy` file, whose only tensor is called `array`. */
function oneArray(where: OpenFile): WeightsFile {
  const { file: path, size } = where;
  const tensors = { array: npyEntry(where, { start: 0, size: where.size }) };
  const read = async (name: string): Promise<NDArray> => {
    if (name !== "array") throw missingTensor(path, name, ["array"]);
    return readNpy(path);
  };
  return { path, format: "npy", size, tensors, values: {}, read, close: async () => undefined };
}

/** A `.npz` file; what is stored is listed by its headers, what is deflated must be unpacked. */
function archive(where: OpenFile, handle: FileHandle): WeightsFile {
  const { file: path, size } = where;
  const entries = new Map<string, ZipEntry>();
  for (const entry of readZipDirectory(where).values()) entries.set(arrayName(entry.name, path), entry);
  const tensors = [...entries].map(([name, entry]) => {
    if (entry.method === 0) return [name, npyEntry(where, entry)] as const;
    const { dtype, shape } = parseNpyHeader(readZipEntry(where, entry).subarray(0, npyHeaderBytes), {
      file: path,
      size: entry.size,
    });
    return [name, { dtype, shape }] as const;
  });
  return {
    path,
    format: "npz",
    size,
    tensors: Object.fromEntries(tensors),
    values: {},
    read: (name) =>
      reading(path, () => {
        const entry = entries.get(name);
        if (!entry) throw missingTensor(path, name, [...entries.keys()]);
        return decodeNpy(readZipEntry(where, entry), `${path}: ${entry.name}`);
      }),
    close: () => handle.close(),
  };
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
