import type { FileHandle } from "node:fs/promises";
import type { Named, NDArray, Shape } from "@gmem/tensor";
import { ShapeError } from "@gmem/tensor";
import { gatherRows, readBytes } from "./bytes-io.ts";
import { decodeArray } from "./element.ts";
import { headerLength, type PlacedTensor, parseHeader, type TensorEntry } from "./header.ts";
import { opening, reading } from "./opening.ts";
import { missingTensor } from "./weights-error.ts";

/** An open file: its header is in memory, its tensors are read when asked for. */
export interface SafetensorsFile {
  readonly path: string;
  readonly metadata: Named<string>;
  /** Element type as stored, and shape, by name. */
  readonly tensors: Named<TensorEntry>;
  /** Where the bytes of a tensor lie in the file, in row order. */
  place(name: string): { readonly offset: number; readonly length: number };
  /** A whole tensor. F16 and BF16 become f32, F64 f64, integers i32, or f64 where they need it. */
  read(name: string): Promise<NDArray>;
  /** Rows start … end−1 of the first axis. */
  readRows(name: string, start: number, end: number): Promise<NDArray>;
  /** Rows of the first axis in the order given, which may repeat. */
  takeRows(name: string, rows: Int32Array): Promise<NDArray>;
  close(): Promise<void>;
}

/**
 * Opens a safetensors file and checks its header; no tensor is read yet, however large the file.
 * @throws {WeightsError} code `FORMAT` for a malformed file, `WEIGHTS` for one that cannot be opened or lacks a tensor.
 * @example
 * await writeSafetensors("a.safetensors", { table: array([1, 2, 3, 4, 5, 6], [3, 2]) });
 * const file = await openSafetensors("a.safetensors");
 * const rows = await file.takeRows("table", Int32Array.of(2, 0)); // f32 [2,2]: 5 6 1 2
 * await file.close();
 */
export const openSafetensors = (path: string): Promise<SafetensorsFile> =>
  opening(path, async (handle, size) => {
    const first = await readBytes(handle, { start: 0, end: Math.min(8, size), file: path });
    const length = headerLength(first, { file: path, size });
    const header = parseHeader(await readBytes(handle, { start: 8, end: 8 + length, file: path }), {
      file: path,
      size,
    });
    return opened(path, handle, header);
  });

function opened(
  path: string,
  handle: FileHandle,
  header: { tensors: Named<PlacedTensor>; metadata: Named<string> },
): SafetensorsFile {
  const find = (name: string): PlacedTensor => {
    const entry = Object.hasOwn(header.tensors, name) ? header.tensors[name] : undefined;
    if (entry) return entry;
    throw missingTensor(path, name, Object.keys(header.tensors));
  };
  const rowsOf = (name: string): { entry: PlacedTensor; count: number; width: number } => {
    const entry = find(name);
    const [count] = entry.shape;
    if (count === undefined) throw new ShapeError(`${path}: "${name}"`, "must have rows", [entry.shape]);
    return { entry, count, width: count === 0 ? 0 : (entry.end - entry.start) / count };
  };
  const decoded = (bytes: Uint8Array, name: string, shape: Shape): NDArray =>
    decodeArray(bytes, { dtype: find(name).dtype, shape, file: `${path}: "${name}"` });
  const { tensors, metadata } = header;
  return {
    path,
    metadata,
    tensors: Object.fromEntries(Object.entries(tensors).map(([name, { dtype, shape }]) => [name, { dtype, shape }])),
    place(name) {
      const { start, end } = find(name);
      return { offset: start, length: end - start };
    },
    read: (name) =>
      reading(path, async () => {
        const entry = find(name);
        return decoded(await readBytes(handle, { start: entry.start, end: entry.end, file: path }), name, entry.shape);
      }),
    readRows: (name, start, end) =>
      reading(path, async () => {
        const { entry, count, width } = rowsOf(name);
        if (!(Number.isInteger(start) && Number.isInteger(end) && 0 <= start && start <= end && end <= count))
          throw new ShapeError(`${path}: "${name}"`, `rows ${start}…${end} must lie in 0…${count}`, [entry.shape]);
        const from = entry.start + start * width;
        const bytes = await readBytes(handle, { start: from, end: from + (end - start) * width, file: path });
        return decoded(bytes, name, [end - start, ...entry.shape.slice(1)]);
      }),
    takeRows: (name, rows) =>
      reading(path, async () => {
        const { entry, count, width } = rowsOf(name);
        const outside = rows.find((row) => row < 0 || row >= count);
        if (outside !== undefined)
          throw new ShapeError(`${path}: "${name}"`, `row ${outside} is outside 0…${count - 1}`, [entry.shape]);
        const bytes = gatherRows(handle.fd, rows, { start: entry.start, width, file: path });
        return decoded(bytes, name, [rows.length, ...entry.shape.slice(1)]);
      }),
    close: () => handle.close(),
  };
}
