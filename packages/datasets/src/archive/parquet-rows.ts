import { open } from "node:fs/promises";
import { basename } from "node:path";
import { GMemError } from "@gmem/tensor";
import {
  asyncBufferFromFile,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
} from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { captionsOfRow, isCaptionColumn } from "../captions/captions-of-row.ts";
import type { PackedPictures } from "./packed-pictures.ts";
import { type RowGroup, rowGroups } from "./parquet-groups.ts";

/** What a cell of pictures holds: the file's bytes, or those with the name that it had. */
type Cell = Uint8Array | { readonly bytes?: Uint8Array | null; readonly path?: string | null } | null;

const imageColumns: readonly string[] = ["image", "img", "jpg", "png", "webp"];

/**
 * The rows of a parquet file as Hugging Face's datasets write it: a column `image` of `{ bytes, path }` or of bytes, captions
 * in `text`, `caption`, `captions` or `prompt`, a text or a list of them, and a class number in `label`. Captions are read
 * now, pictures a row group at a time when they are asked for.
 * @throws {GMemError} code `FORMAT` for a file that is no parquet, is cut short or damaged; code `DATA` without a column of
 * pictures, or for a row group above {@link mostGroupBytes}.
 */
export async function parquetPictures(path: string): Promise<PackedPictures> {
  await checkEnds(path);
  const file = await asyncBufferFromFile(path);
  const metadata = await damaged(path, () => parquetMetadataAsync(file));
  const columns = parquetSchema(metadata).children.map(({ element }) => element.name);
  const image = imageColumns.find((name) => columns.includes(name));
  if (image === undefined)
    throw new GMemError(
      "DATA",
      `${path}: needs a column of pictures, ${imageColumns.join(", ")}, got ${columns.join(", ") || "no columns"}; rename it`,
    );
  const groups = rowGroups(metadata, { image, path });
  const told = columns.filter((name) => isCaptionColumn(name) || name === "label");
  const rowsOf = (wanted: readonly string[], { from, to }: RowGroup): Promise<Record<string, unknown>[]> =>
    damaged(path, () =>
      parquetReadObjects({
        file,
        metadata,
        compressors,
        columns: [...wanted],
        rowStart: from,
        rowEnd: to,
        utf8: false,
      }),
    );
  const cells = lastTwo((group: RowGroup) => rowsOf([image], group));
  const pictures: PackedPictures["pictures"][number][] = [];
  for (const group of groups) {
    const rows = told.length > 0 ? await rowsOf(told, group) : [];
    for (let row = group.from; row < group.to; row++) {
      const said = rows[row - group.from] ?? {};
      pictures.push({
        file: `${basename(path)}/${row}`,
        bytes: Math.round(group.bytes / (group.to - group.from)),
        captions: [...new Set(captionsOfRow(said))],
        ...labelOf(said.label),
        read: async () => bytesOf((await cells(group))[row - group.from]?.[image] as Cell),
      });
    }
  }
  const classes = classNames(metadata);
  return { pictures, leftOut: [], ...(classes && { classes }) };
}

/** What was asked for last and before is kept: neighbouring rows lie in one group, or in two. */
function lastTwo<Key, Value>(read: (key: Key) => Promise<Value>): (key: Key) => Promise<Value> {
  const kept = new Map<Key, Promise<Value>>();
  return (key) => {
    const value = kept.get(key) ?? read(key);
    kept.delete(key);
    kept.set(key, value);
    for (const [oldest] of kept) if (kept.size > 2) kept.delete(oldest);
    return value;
  };
}

/** Bytes of the picture; none, which no decoder takes for one, where the file names a picture that lies elsewhere. */
const bytesOf = (cell: Cell): Uint8Array => (cell instanceof Uint8Array ? cell : (cell?.bytes ?? new Uint8Array(0)));

function labelOf(value: unknown): { readonly label?: number } {
  const label = typeof value === "bigint" ? Number(value) : value;
  return typeof label === "number" && Number.isInteger(label) && label >= 0 && label < 1e6 ? { label } : {};
}

/** Class names that Hugging Face's datasets keep beside the rows. */
function classNames({ key_value_metadata: pairs = [] }: FileMetaData): readonly string[] | undefined {
  try {
    const known = JSON.parse(pairs.find(({ key }) => key === "huggingface")?.value ?? "null");
    const names: unknown = known?.info?.features?.label?.names;
    return Array.isArray(names) && names.every((name) => typeof name === "string") ? names : undefined;
  } catch {
    return undefined;
  }
}

/** A parquet file begins and ends with PAR1, before which stands the length of its footer. */
async function checkEnds(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    const { size } = await handle.stat();
    const ends = Buffer.alloc(12);
    await handle.read(ends, 0, 4, 0);
    await handle.read(ends, 4, 8, Math.max(0, size - 8));
    const fail = (got: string): never => {
      throw new GMemError("FORMAT", `${path}: must be a whole parquet file, got ${got}`);
    };
    if (ends.toString("latin1", 0, 4) !== "PAR1") fail("another format");
    if (size < 12 || ends.toString("latin1", 8) !== "PAR1") fail("one that is cut short: it does not end in PAR1");
    const footer = ends.readUInt32LE(4);
    if (footer > Math.min(size - 12, mostFooterBytes)) fail(`a footer of ${footer} bytes in ${size}`);
  } finally {
    await handle.close();
  }
}

/** Bytes of the longest footer: 256 MiB. */
const mostFooterBytes = 2 ** 28;

async function damaged<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    throw new GMemError(
      "FORMAT",
      `${path}: must be a parquet file that can be read, got: ${cause instanceof Error ? cause.message : cause}`,
      { cause },
    );
  }
}
