import type { FileHandle } from "node:fs/promises";
import type { Named, NDArray, Shape } from "@gmem/tensor";
import { ShapeError, sizeOf } from "@gmem/tensor";
import { readBytesSync } from "./bytes-io.ts";
import { decodeArray, readable } from "./element.ts";
import type { PlainValue } from "./flatten-checkpoint.ts";
import type { TensorEntry } from "./header.ts";
import { opening, reading } from "./opening.ts";
import type { TorchTensor } from "./pickle-values.ts";
import { gather, reach } from "./strided.ts";
import type { TorchContent, TorchLayout } from "./torch-content.ts";
import { openTorchLegacy } from "./torch-legacy.ts";
import { openTorchZip } from "./torch-zip.ts";
import { missingTensor, WeightsError } from "./weights-error.ts";

/** An open torch checkpoint: its structure is in memory, its tensors are read when asked for. */
export interface TorchFile {
  readonly path: string;
  readonly layout: TorchLayout;
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
 * Opens a torch `.pt` or `.pth` file, zip or older. Its pickle is read as data: tensors, containers of Python's standard library,
 * numbers, text and `argparse.Namespace`; of any other object only the class is kept, and nothing is executed. No tensor is
 * read yet. Negative views are resolved when they are read.
 * @throws {WeightsError} code `FORMAT` for a file that is malformed or has no tensor outside other objects, `WEIGHTS` for one
 * that cannot be opened, and for a tensor that is not there or of a type that cannot be read.
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
    return opened(path, handle, { size, content: isZip ? await openTorchZip(where) : openTorchLegacy(where) });
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
  const fetch = async (name: string, tensor: TorchTensor, whole: boolean): Promise<NDArray> => {
    const { shape, offset, dtype } = tensor;
    const file = `${path}: "${name}"`;
    const width = readable(dtype, file).bytes;
    if (sizeOf(shape) * width > materialLimit(size)) {
      const rule =
        "a tensor must not be far larger than its file, as one expanded from few elements is; read it by rows";
      throw new WeightsError("FORMAT", { file, rule: `torch: ${rule}`, found: `[${shape}]` });
    }
    const start = offset * width;
    const end = start + reach(tensor) * width;
    if (start === end) return decodeArray(new Uint8Array(0), { dtype, shape, file });
    const bytes = await content.read(tensor.storage, { start, end }, whole);
    const packed = gather(bytes, tensor, width as 1 | 2 | 4 | 8);
    return applied(decodeArray(packed, { dtype, shape, file }), tensor, file);
  };
  return {
    path,
    layout,
    tensors: Object.fromEntries([...tensors].map(([name, t]) => [name, { dtype: t.dtype, shape: t.shape }])),
    values,
    read: (name) => reading(path, () => fetch(name, find(name), true)),
    readRows: (name, start, end) =>
      reading(path, () => {
        const tensor = find(name);
        return fetch(name, { ...tensor, ...rowsOf(tensor, { start, end, where: `${path}: "${name}"` }) }, false);
      }),
    close: () => handle.close(),
  };
}

/** What torch has put off: the sign of a negative view. @throws {WeightsError} code `WEIGHTS` for anything else. */
function applied(value: NDArray, { lazy }: TorchTensor, file: string): NDArray {
  if (lazy.length === 0) return value;
  const { data } = value;
  if (lazy.some((what) => what !== "neg") || !(data instanceof Float32Array || data instanceof Float64Array)) {
    const rule =
      "torch: only negative views of floats are resolved; save the tensor again after resolve_neg and resolve_conj";
    throw new WeightsError("WEIGHTS", { file, rule, found: `${lazy.join(", ")} of ${value.dtype}` });
  }
  for (let i = 0; i < data.length; i++) data[i] = -(data[i] as number);
  return value;
}

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
