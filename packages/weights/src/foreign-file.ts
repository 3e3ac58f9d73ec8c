import { readBytesSync } from "./bytes-io.ts";
import { WeightsError } from "./weights-error.ts";
import type { OpenFile } from "./zip-directory.ts";

/** What is often found where weights should be: how it begins, what it is, what to do. */
const kinds: readonly (readonly [begins: RegExp | string, what: string, advice: string])[] = [
  [/^version https:\/\/git-lfs/, "a Git LFS pointer", "fetch the file with git lfs pull"],
  [
    /^\s*<(!doctype|html|head|body)\b/i,
    "an HTML page",
    "download the file itself; a page often means that one must sign in",
  ],
  [/^\s*<\?xml/i, "an XML document", "download the file itself"],
  [/^\s*\{\s*"/, "JSON text", "name the weights beside it, or the index of a checkpoint in several files"],
  ["\x1f\x8b", "a gzip archive", "unpack it first"],
  [/^BZh[1-9]1AY/, "a bzip2 archive", "unpack it first"],
  ["\xfd7zXZ\0", "an xz archive", "unpack it first"],
  ["\x28\xb5\x2f\xfd", "a zstd archive", "unpack it first"],
  [
    /^.{257}ustar/s,
    "a tar archive, as torch wrote before version 0.2",
    "unpack it, or load and save it again with torch",
  ],
  ["\x89HDF\r\n", "an HDF5 file, as Keras writes", "save the weights as safetensors or npz"],
  ["GGUF", "a GGUF file", "use the unquantised safetensors of the model"],
  ["\x89PNG", "an image", "name the weights"],
  ["\xff\xd8\xff", "an image", "name the weights"],
  [/^L119547037146038801333356L\n/, "a torch file of pickle protocol 0 or 1", "load it and save it again with torch"],
  [
    /^(\([dl]p\d+\n|c[a-z_][\w.]*\n[\w.]+\n)/,
    "a pickle of protocol 0 that torch did not write",
    "save the arrays as safetensors or npz",
  ],
];

/** Refuses a file that begins as something else than weights, by what it is. @throws {WeightsError} code `FORMAT` */
export function refuseForeign({ fd, size, file }: OpenFile): void {
  const first = readBytesSync(fd, { start: 0, end: Math.min(512, size), file });
  if (looksLikeSafetensors(first, size)) return;
  const text = Buffer.from(first.buffer, first.byteOffset, first.length).toString("latin1");
  const found = kinds.find(([begins]) => (typeof begins === "string" ? text.startsWith(begins) : begins.test(text)));
  if (!found) return;
  const [, what, advice] = found;
  throw new WeightsError("FORMAT", {
    file,
    rule: "must be weights: safetensors, torch, npz or npy",
    found: `${what}; ${advice}`,
  });
}

/** True where a header of the length that the first 8 bytes say begins behind them and fits: no text begins so. */
export const looksLikeSafetensors = (first: Uint8Array, size: number): boolean =>
  first.length > 8 &&
  first[8] === 0x7b &&
  new DataView(first.buffer, first.byteOffset).getBigUint64(0, true) <= BigInt(size - 8);
