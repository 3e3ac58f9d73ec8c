import type { FileHandle } from "node:fs/promises";
import type { NDArray } from "@gmem/tensor";
import { ShapeError } from "@gmem/tensor";
import { readBytes } from "./bytes-io.ts";
import { readable } from "./element.ts";
import { decodeNpy } from "./npy.ts";
import { type NpyHeader, readNpyHeader } from "./npy-header.ts";
import { opening, reading } from "./opening.ts";
import { missingTensor, WeightsError } from "./weights-error.ts";
import type { WeightsFile } from "./weights-file.ts";
import { type OpenFile, readZipDirectory, type ZipEntry } from "./zip-directory.ts";
import { readZipEntry, readZipHead } from "./zip-read.ts";

interface StoredArray {
  readonly entry: ZipEntry;
  readonly header: NpyHeader;
}

/** An open `.npz` file. */
export interface NpzFile extends WeightsFile {
  /**
   * Rows start … end−1 of the first axis of an array in C order. Of one that is not compressed nothing else is read, and no
   * checksum compared; a compressed one is unpacked whole each time.
   */
  readRows(name: string, start: number, end: number): Promise<NDArray>;
}

/**
 * Opens an `.npz` file: the headers of its arrays are read, of deflated ones as far as needed, and nothing else.
 * @throws {WeightsError} code `FORMAT` for a malformed file, `WEIGHTS` for one that cannot be read.
 * @example
 * await writeNpz("samples.npz", { arr_0: array([1, 2, 3, 4], [2, 2]) });
 * const file = await openNpz("samples.npz");
 * const rows = await file.readRows("arr_0", 1, 2); // f32 [1,2]: 3 4
 * await file.close();
 */
export const openNpz = (path: string): Promise<NpzFile> =>
  opening(path, (handle, size) => openArchive(handle, { fd: handle.fd, size, file: path }));

/** An open `.npz` file, whose handle it closes. */
export async function openArchive(handle: FileHandle, open: OpenFile): Promise<NpzFile> {
  const { file: path, size } = open;
  const arrays = new Map<string, StoredArray>();
  const entries = [...readZipDirectory(open).values()];
  for (const entry of entries) {
    const name = arrayName(entry.name);
    if (name === undefined) continue;
    const where = { file: `${path}: ${entry.name}`, size: entry.size };
    arrays.set(name, { entry, header: await readNpyHeader((length) => readZipHead(open, entry, length), where) });
  }
  if (arrays.size === 0 && entries.length > 0)
    throw new WeightsError("FORMAT", {
      file: path,
      rule: "npz: an archive of arrays holds files NAME.npy; unpack other archives first",
      found: entries
        .slice(0, 4)
        .map(({ name }) => name.slice(0, 200))
        .join(", "),
    });
  const find = (name: string): StoredArray => {
    const found = arrays.get(name);
    if (found) return found;
    throw missingTensor(path, name, [...arrays.keys()]);
  };
  return {
    path,
    format: "npz",
    size,
    tensors: Object.fromEntries(
      [...arrays].map(([name, { header }]) => [name, { dtype: header.dtype, shape: header.shape }]),
    ),
    values: {},
    read: (name) =>
      reading(path, async () => {
        const { entry, header } = find(name);
        const file = `${path}: ${entry.name}`;
        readable(header.dtype, file);
        return decodeNpy(await readZipEntry(open, entry, { start: header.start, end: entry.size }), header, file);
      }),
    readRows: (name, start, end) =>
      reading(path, async () => {
        const { entry, header } = find(name);
        const file = `${path}: ${entry.name}`;
        const [count = 0, ...row] = header.shape;
        const isInside = Number.isInteger(start) && Number.isInteger(end) && 0 <= start && start <= end && end <= count;
        if (!isInside || header.fortran)
          throw new ShapeError(file, `rows ${start}…${end} must lie in 0…${count}, in C order`, [header.shape]);
        readable(header.dtype, file);
        const shape = [end - start, ...row];
        const width = (entry.size - header.start) / Math.max(1, count);
        const place = { start: header.start + start * width, end: header.start + end * width };
        const bytes =
          entry.method === 0
            ? await readBytes(handle, { start: entry.start + place.start, end: entry.start + place.end, file })
            : await readZipEntry(open, entry, place);
        return decodeNpy(bytes, { ...header, shape }, file);
      }),
    close: () => handle.close(),
  };
}

/** The array that an entry of an archive holds; other entries are left alone. */
const arrayName = (entry: string): string | undefined =>
  entry.endsWith(".npy") && entry !== "__proto__.npy" ? entry.slice(0, -".npy".length) : undefined;
