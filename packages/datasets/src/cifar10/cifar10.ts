import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import type { ImageExample } from "@gmem/spec";
import { GMemError } from "@gmem/tensor";
import type { LabelledDataset } from "../labelled-dataset.ts";
import { rowAt } from "../rows-that-are-there.ts";

const PIXELS = 32 * 32;
const RECORD = 1 + 3 * PIXELS;
const CLASSES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

export interface Cifar10Options {
  /** `train`: data_batch_*.bin, `test`: test_batch.bin. Ignored if the path is a file. */
  readonly part?: "train" | "test";
}

/**
 * CIFAR-10 in its binary version (cifar-10-batches-bin): a label byte and 32×32 pixels by channel in every record. Class
 * names are those of batches.meta.txt, if it lies beside.
 * @param path the folder, or one .bin file
 * @throws {GMemError} code `DATA` if files are missing; code `FORMAT` if one is truncated or holds a label above 9.
 * @example
 * // no-run
 * const train = await cifar10("cifar-10-batches-bin"); // 50,000 examples
 * const { image, label } = await train.at(0); // image [3,32,32] in [0, 1]
 */
export async function cifar10(path: string, options: Cifar10Options = {}): Promise<LabelledDataset<ImageExample>> {
  const { part = "train" } = options;
  const { folder, files } = await batchFiles(path, part);
  const records = await Promise.all(
    files.map(async (file) => ({ file, bytes: await readRecords(join(folder, file)) })),
  );
  const rows = records.flatMap(({ file, bytes }) =>
    Array.from({ length: bytes.length / RECORD }, (_, row) => ({
      id: `${basename(file, ".bin")}:${row}`,
      record: bytes.subarray(row * RECORD, (row + 1) * RECORD),
    })),
  );
  return {
    name:
      files.length === 1 && part === "train" ? `cifar10:${basename(files[0] as string, ".bin")}` : `cifar10:${part}`,
    length: rows.length,
    labels: Int32Array.from(rows, ({ record }) => record[0] as number),
    classes: await classNames(folder),
    async at(index) {
      const row = rowAt("cifar10", rows, index);
      const data = Float32Array.from(row.record.subarray(1), (byte) => byte / 255);
      return { image: { dtype: "f32", shape: [3, 32, 32], data }, label: row.record[0] as number, id: row.id };
    },
  };
}

async function batchFiles(path: string, part: "train" | "test"): Promise<{ folder: string; files: string[] }> {
  try {
    if ((await stat(path)).isFile()) return { folder: join(path, ".."), files: [basename(path)] };
    const wanted = part === "train" ? /^data_batch_\d+\.bin$/ : /^test_batch\.bin$/;
    const files = (await readdir(path)).filter((name) => wanted.test(name)).sort();
    if (files.length > 0) return { folder: path, files };
  } catch (cause) {
    throw new GMemError("DATA", `cifar10: the path must be a folder or file that can be read, got "${path}"`, {
      cause,
    });
  }
  const name = part === "train" ? "data_batch_1.bin …" : "test_batch.bin";
  throw new GMemError(
    "DATA",
    `cifar10: the folder must hold ${name}, got none in "${path}"; unpack the binary version of CIFAR-10 there`,
  );
}

async function readRecords(path: string): Promise<Uint8Array> {
  const bytes = await readFile(path);
  if (bytes.length === 0 || bytes.length % RECORD !== 0)
    throw new GMemError(
      "FORMAT",
      `cifar10: "${path}" must hold whole records of ${RECORD} bytes, got ${bytes.length} bytes; it is truncated or another file, fetch it again`,
    );
  for (let at = 0; at < bytes.length; at += RECORD)
    if ((bytes[at] as number) > 9)
      throw new GMemError(
        "FORMAT",
        `cifar10: labels in "${path}" must be 0…9, got ${bytes[at]} in record ${at / RECORD}`,
      );
  return bytes;
}

async function classNames(folder: string): Promise<readonly string[]> {
  const text = await readFile(join(folder, "batches.meta.txt"), "utf8").catch(() => "");
  const names = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  return names.length === CLASSES.length ? names : CLASSES;
}
