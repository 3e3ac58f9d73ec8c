import type { FileHandle } from "node:fs/promises";
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

/** Opens an `.npz` file: the headers of its arrays are read, of deflated ones as far as needed, and nothing else. */
export const openNpz = (path: string): Promise<WeightsFile> =>
  opening(path, (handle, size) => openArchive(handle, { fd: handle.fd, size, file: path }));

/** An open `.npz` file, whose handle it closes. */
export async function openArchive(handle: FileHandle, open: OpenFile): Promise<WeightsFile> {
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
        const stored = arrays.get(name);
        if (!stored) throw missingTensor(path, name, [...arrays.keys()]);
        const { entry, header } = stored;
        const file = `${path}: ${entry.name}`;
        readable(header.dtype, file);
        return decodeNpy(await readZipEntry(open, entry, { start: header.start, end: entry.size }), header, file);
      }),
    close: () => handle.close(),
  };
}

/** The array that an entry of an archive holds; other entries are left alone. */
const arrayName = (entry: string): string | undefined =>
  entry.endsWith(".npy") && entry !== "__proto__.npy" ? entry.slice(0, -".npy".length) : undefined;
