import { type RgbImage, toBytes } from "@gmem/datasets/folder";
import { GMemError, type Named, type NDArray, type Shape, sizeOf, takeRows } from "@gmem/tensor";
import { openNpz, openSafetensors } from "@gmem/weights";
import { fileDigest } from "./file-digest.ts";
import type { PictureSource } from "./pictures.ts";

/** Values that are read at once: small arrays whole, large ones in blocks of pictures. */
const most = 2 ** 24;

/**
 * Pictures of an array file: `arr_0` of an `.npz` as ADM's scripts write it, bytes [N,H,W,3]; of a `.safetensors` the only
 * tensor of four axes, bytes [N,H,W,3] or values in [0, 1] [N,3,H,W].
 */
export const arraySource = (path: string): PictureSource => ({
  path,
  content: (options) => fileDigest(path, options),
  async open() {
    const { name, shape } = await using(path, async ({ tensors }) => pictureArray(path, tensors));
    const [n = 0, ...row] = shape;
    const blockLength = Math.max(1, Math.floor(most / sizeOf(row)));
    let block = { from: 0, rows: undefined as Promise<NDArray> | undefined };
    const blockWith = (index: number): { readonly from: number; readonly rows: Promise<NDArray> } => {
      const from = index - (index % blockLength);
      const kept = block.from === from ? block.rows : undefined;
      const rows = kept ?? using(path, (file) => file.readRows(name, from, Math.min(n, from + blockLength)));
      block = { from, rows };
      return { from, rows };
    };
    return {
      length: n,
      classes: [],
      idOf: (index) => `${name}[${index}]`,
      async read(index) {
        const { from, rows } = blockWith(index);
        const image = pictureAt(await rows, index - from, `picture ${index} of ${name} in "${path}"`);
        return { image, format: path.endsWith(".npz") ? "npz" : "safetensors" };
      },
    };
  },
});

interface ArrayFile {
  readonly tensors: Named<{ readonly shape: Shape }>;
  readRows(name: string, start: number, end: number): Promise<NDArray>;
  close(): Promise<void>;
}

async function using<T>(path: string, work: (file: ArrayFile) => Promise<T>): Promise<T> {
  const file: ArrayFile = await (path.endsWith(".npz") ? openNpz(path) : openSafetensors(path));
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}

function pictureArray(path: string, tensors: ArrayFile["tensors"]): { readonly name: string; readonly shape: Shape } {
  const found = Object.entries(tensors).filter(([, { shape }]) => shape.length === 4);
  const named = found.find(([name]) => name === "arr_0") ?? (found.length === 1 ? found[0] : undefined);
  if (named) return { name: named[0], shape: named[1].shape };
  const listed = Object.entries(tensors).map(([name, { shape }]) => `${name} [${shape}]`);
  throw new GMemError(
    "DATA",
    `folders: "${path}" must hold one array of pictures, arr_0 [N,H,W,3] in bytes or [N,3,H,W] in [0, 1], got ${listed.join(", ") || "none"}`,
  );
}

function pictureAt(rows: NDArray, index: number, where: string): RgbImage {
  const [, a = 0, b = 0, c = 0] = rows.shape;
  const refuse = (got: string): GMemError =>
    new GMemError("DATA", `folders: ${where} must be bytes [H,W,3], or values in [0, 1] [3,H,W], got ${got}`);
  const picture = takeRows(rows, [index]);
  const limit = rows.dtype === "f32" ? 1 : 255;
  const outside = (picture.data as Float32Array).find((x) => !(x >= 0 && x <= limit));
  if (outside !== undefined) throw refuse(`${outside}`);
  if (rows.dtype === "f32" && a === 3) return toBytes({ ...(picture as NDArray<"f32">), shape: [3, b, c] });
  if (rows.dtype === "i32" && c === 3) return { width: b, height: a, data: Uint8Array.from(picture.data) };
  throw refuse(`${rows.dtype} [${rows.shape.slice(1)}]`);
}
