import type { FileHandle } from "node:fs/promises";
import type { Named, NDArray, Shape } from "@gmem/tensor";
import { ShapeError, sizeOf } from "@gmem/tensor";
import { readBytes, readBytesSync } from "./bytes-io.ts";
import { decodeArray, elements } from "./element.ts";
import type { PlainValue } from "./flatten-checkpoint.ts";
import type { TensorEntry } from "./header.ts";
import { opening, reading } from "./opening.ts";
import type { TorchTensor } from "./pickle-values.ts";
import { gather, reach } from "./strided.ts";
import type { TorchContent } from "./torch-content.ts";
import { openTorchLegacy } from "./torch-legacy.ts";
import { openTorchZip } from "./torch-zip.ts";
import { missingTensor, WeightsError } from "./weights-error.ts";

/** An open torch checkpoint: its structure is in memory, its tensors are read when asked for. */
export interface TorchFile {
  readonly path: string;
  readonly layout: "zip" | "legacy";
  /** Element type as stored, and shape, by path: `ema/blocks.0.attn.qkv.weight`. */
  readonly tensors: Named<TensorEntry>;
  /** Everything that is not a tensor, by path: `step`, `opt/param_groups/0/lr`, `args`. */
  readonly values: Named<PlainValue>;
  /** A whole tensor. F16 and BF16 become f32, F64 f64, integers i32, or f64 where they need it. */
  read(name: string): Promise<NDArray>;
  /** Rows start … end−1 of the first axis, of however large a tensor. */
  readRows(name: string, start: number, end: number): Promise<NDArray>;
  close(): Promise<void>;
}

/**
 * Opens a torch `.pt` or `.pth` file, zip or older. Its pickle is read as data: only tensors, dictionaries, lists,
 * numbers, text and `argparse.Namespace` are rebuilt and nothing is executed. No tensor is read yet.
 * @throws {WeightsError} code `FORMAT` for a file that is malformed or holds another class (which the message names),
 * `WEIGHTS` for one that cannot be opened or lacks a tensor.
 * @example
 * // no-run
 * const file = await openTorch("SiT-XL-2-256.pt");
 * const qkv = await file.read("blocks.0.attn.qkv.weight"); // f32 [3456,1152]
 * await file.close();
 */
export const openTorch = (path: string): Promise<TorchFile> =>
  opening(path, async (handle, size) => {
    const where = { fd: handle.fd, size, file: path };
    const first = readBytesSync(handle.fd, { start: 0, end: Math.min(2, size), file: path });
    const isZip = first[0] === 0x50 && first[1] === 0x4b;
    return opened(path, handle, { size, content: isZip ? openTorchZip(where) : openTorchLegacy(where) });
  });

function opened(
  path: string,
  handle: FileHandle,
  { size, content }: { readonly size: number; readonly content: TorchContent },
): TorchFile {
  const { tensors, values, layout } = content;
  const find = (name: string): TorchTensor => {
    const tensor = tensors.get(name);
    if (tensor) return tensor;
    throw missingTensor(path, name, [...tensors.keys()]);
  };
  const fetch = async (tensor: TorchTensor, whole: boolean): Promise<NDArray> => {
    const { dtype } = tensor.storage;
    const width = elements[dtype].bytes;
    const { shape, offset } = tensor;
    if (sizeOf(shape) * width > materialLimit(size)) {
      const rule =
        "a tensor must not be far larger than its file, as one expanded from few elements is; read it by rows";
      throw new WeightsError("FORMAT", { file: path, rule: `torch: ${rule}`, found: `[${shape}]` });
    }
    const length = reach(tensor) * width;
    const stored = content.place(tensor.storage, whole ? length : undefined);
    const start = offset * width;
    const bytes =
      "bytes" in stored
        ? part(stored.bytes, start, start + length)
        : await readBytes(handle, { start: stored.start + start, end: stored.start + start + length, file: path });
    const packed = length === 0 ? new Uint8Array(0) : gather(bytes, tensor, width as 1 | 2 | 4 | 8);
    return decodeArray(packed, { dtype, shape, file: path });
  };
  return {
    path,
    layout,
    tensors: Object.fromEntries([...tensors].map(([name, t]) => [name, { dtype: t.storage.dtype, shape: t.shape }])),
    values,
    read: (name) => reading(path, () => fetch(find(name), true)),
    readRows: (name, start, end) =>
      reading(path, () => {
        const tensor = find(name);
        return fetch({ ...tensor, ...rowsOf(tensor, { start, end, where: `${path}: "${name}"` }) }, false);
      }),
    close: () => handle.close(),
  };
}

/** Bytes start … end; a copy unless they are all. */
const part = (bytes: Uint8Array, start: number, end: number): Uint8Array =>
  start === 0 && end === bytes.length ? bytes : bytes.slice(start, end);

/** Bytes that one read may take: sharing inside a file lets a few bytes stand for many, but not for any number. */
export const materialLimit = (size: number): number => 4 * size + 2 ** 20;

function rowsOf(
  { offset, shape, strides }: TorchTensor,
  { start, end, where }: { readonly start: number; readonly end: number; readonly where: string },
): { readonly offset: number; readonly shape: Shape } {
  const [count, ...rest] = shape;
  if (count === undefined) throw new ShapeError(where, "must have rows", [shape]);
  if (!(Number.isInteger(start) && Number.isInteger(end) && 0 <= start && start <= end && end <= count))
    throw new ShapeError(where, `rows ${start}…${end} must lie in 0…${count}`, [shape]);
  return { offset: offset + start * (strides[0] as number), shape: [end - start, ...rest] };
}
