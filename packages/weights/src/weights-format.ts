import { readBytesSync } from "./bytes-io.ts";
import { looksLikeSafetensors } from "./foreign-file.ts";
import { type OpenFile, readZipDirectory } from "./zip-directory.ts";

/** The formats that can be read. */
export type WeightsFormat = "safetensors" | "torch" | "npz" | "npy";

/** Tells the format of an open file by its content, whatever its name; `safetensors` where nothing speaks for another. */
export function weightsFormat(open: OpenFile): WeightsFormat {
  const first = readBytesSync(open.fd, { start: 0, end: Math.min(40, open.size), file: open.file });
  const starts = (...bytes: number[]): boolean => bytes.every((byte, i) => first[i] === byte);
  if (starts(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59)) return "npy";
  if (starts(0x50, 0x4b))
    return [...readZipDirectory(open).keys()].some((name) => /(^|\/)data\.pkl$/.test(name)) ? "torch" : "npz";
  if (looksLikeSafetensors(first, open.size)) return "safetensors";
  const isPickle = first[0] === 0x80 && (first[1] as number) >= 2 && (first[1] as number) <= 5;
  return isPickle ? "torch" : "safetensors";
}
