import { readBytesSync } from "./bytes-io.ts";
import { type OpenFile, readZipDirectory } from "./zip-directory.ts";

/** The formats that can be read. */
export type WeightsFormat = "safetensors" | "torch" | "npz" | "npy";

/** Tells the format of an open file by its content, whatever its name; `safetensors` where nothing speaks for another. */
export function weightsFormat(open: OpenFile): WeightsFormat {
  const first = readBytesSync(open.fd, { start: 0, end: Math.min(6, open.size), file: open.file });
  const starts = (...bytes: number[]): boolean => bytes.every((byte, i) => first[i] === byte);
  if (starts(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59)) return "npy";
  if (starts(0x50, 0x4b))
    return [...readZipDirectory(open).keys()].some((name) => /(^|\/)data\.pkl$/.test(name)) ? "torch" : "npz";
  return starts(0x80, 0x02, 0x8a, 0x0a) ? "torch" : "safetensors";
}
