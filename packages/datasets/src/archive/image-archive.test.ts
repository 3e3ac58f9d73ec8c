import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { testDataset } from "@gmem/testing";
import { parquetWriteFile } from "hyparquet-writer";
import { create } from "tar";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodePng } from "../png/index.ts";
import { imageArchive, isArchive } from "./index.ts";

const root = mkdtempSync(join(tmpdir(), "gmem-archive-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const picture = (level: number): Promise<Uint8Array> =>
  encodePng({ width: 8, height: 8, data: new Uint8Array(192).fill(level) });

/** A tar of files in this order. */
async function tar(name: string, files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const path = join(root, name);
  const cwd = mkdtempSync(join(root, "files-"));
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(join(cwd, dirname(file)), { recursive: true });
    writeFileSync(join(cwd, file), content);
  }
  mkdirSync(dirname(path), { recursive: true });
  await create({ file: path, cwd, portable: true }, Object.keys(files));
  return path;
}

const long = `${"deep/".repeat(30)}${"é".repeat(60)}`;
let shard = "";
let table = "";
beforeAll(async () => {
  shard = await tar("shards/one.tar", {
    "0.png": await picture(10),
    "0.txt": "a\nb",
    "0.cls": "2",
    "1.json": '{"caption": "c", "width": 8}',
    "1.png": await picture(20),
    "1.cls": "0\n",
    [`${long}.seen.txt`]: "no caption: of another name",
    [`${long}.png`]: await picture(30),
    [`${long}.cls`]: "1",
  });
  const images = await Promise.all([1, 2, 3, 4].map((level) => picture(50 * level)));
  table = join(root, "table.parquet");
  const names = { info: { features: { label: { names: ["cat", "dog"] } } } };
  parquetWriteFile({
    filename: table,
    schema: [
      { name: "root", num_children: 3 },
      { name: "image", num_children: 2, repetition_type: "OPTIONAL" },
      { name: "bytes", type: "BYTE_ARRAY", repetition_type: "OPTIONAL" },
      { name: "path", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "OPTIONAL" },
      { name: "text", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "OPTIONAL" },
      { name: "label", type: "INT64", repetition_type: "OPTIONAL" },
    ],
    columnData: [
      { name: "image", data: images.map((bytes, i) => ({ bytes, path: `${i}.png` })) },
      { name: "text", data: ["un", "", null, "vier"] },
      { name: "label", data: [0n, 1n, 1n, 0n] },
    ],
    rowGroupSize: 3,
    kvMetadata: [{ key: "huggingface", value: JSON.stringify(names) }],
  });
});

testDataset("a tar shard", () => imageArchive(shard));
testDataset("a parquet file", () => imageArchive(table));

describe("imageArchive of tar shards", () => {
  it("gives members of one name as one sample: picture, captions, class, names of any length", async () => {
    const data = await imageArchive(shard, { size: 4 });
    expect(await Promise.all([0, 1, 2].map((i) => data.captionsAt?.(i)))).toEqual([["a", "b"], ["c"], []]);
    const examples = await Promise.all([0, 1, 2].map((i) => data.at(i)));
    expect(examples.map(({ id }) => id)).toEqual(["one.tar/0.png", "one.tar/1.png", `one.tar/${long}.png`]);
    expect(examples.map(({ image }) => Math.round(255 * (image.data[0] as number)))).toEqual([10, 20, 30]);
    expect([data.classes, [...(data.labels ?? [])]]).toEqual([
      ["0", "1", "2"],
      [2, 0, 1],
    ]);
    expect(data.report.captioned).toEqual({ pictures: 2, of: 3, captions: 3 });
  });

  it("reads a folder of them in the order of their names, and says which pictures have no caption", async () => {
    await tar("shards/two.tar", { "0.png": await picture(40), "0.cls": "0", "readme.md": "words" });
    writeFileSync(join(root, "shards", "index.json"), "{}");
    const data = await imageArchive(join(root, "shards"));
    expect(data.length).toBe(4);
    expect(data.report.uncaptioned).toEqual([`one.tar/${long}.png`, "two.tar/0.png"]);
    expect(data.report.leftOut.map(({ file }) => file)).toEqual(["two.tar/readme.md"]);
  });

  it("leaves out a last member that ends early, and words that cannot be read, each by name", async () => {
    const whole = await tar("whole.tar", { "0.png": await picture(1), "0.json": "{", "1.png": await picture(2) });
    const cut = join(root, "cut.tar");
    writeFileSync(cut, readFileSync(whole).subarray(0, 5 * 512 + 40));
    await expect(imageArchive(cut)).rejects.toThrow(/1\.png \(cut short: the archive ends within it\)/);
    const { length, report } = await imageArchive(cut, { onBad: "skip" });
    expect([length, report.leftOut.map(({ file, kind }) => `${file} ${kind}`)]).toEqual([
      1,
      ["cut.tar/1.png cut short", "cut.tar/0.json unreadable text"],
    ]);
  });

  it("leaves out names that lead out of it, and the second of a name", async () => {
    const bytes = readFileSync(await tar("names.tar", { "aa/0.png": await picture(1), "b.png": await picture(2) }));
    const second = bytes.subarray(bytes.indexOf("b.png", 0, "latin1"));
    const renamed = Buffer.concat([
      header(bytes, "../0.png"),
      bytes.subarray(512, bytes.indexOf("b.png", 0, "latin1")),
      second,
    ]);
    const twice = Buffer.concat([
      bytes.subarray(0, bytes.indexOf("b.png", 0, "latin1")),
      header(second, "aa/0.png"),
      second.subarray(512),
    ]);
    for (const [content, kind] of [
      [renamed, "unsafe name"],
      [twice, "twice"],
    ] as const) {
      writeFileSync(join(root, "renamed.tar"), content);
      const { report, length } = await imageArchive(join(root, "renamed.tar"), { onBad: "skip" });
      expect([length, report.leftOut.map((one) => one.kind)]).toEqual([1, [kind]]);
    }
  });

  it("refuses what is no tar, code FORMAT, and says to unpack what is compressed", async () => {
    const put = (name: string, content: Uint8Array): string => {
      writeFileSync(join(root, name), content);
      return join(root, name);
    };
    const gzip = put("a.tar", Buffer.concat([Buffer.from([0x1f, 0x8b]), Buffer.alloc(600, 7)]));
    await expect(imageArchive(gzip)).rejects.toThrow(/a compressed one; unpack it/);
    const noise = imageArchive(put("b.tar", Buffer.alloc(2048, 65)));
    await expect(noise).rejects.toMatchObject({ code: "FORMAT" });
    const damaged = Buffer.from(readFileSync(shard));
    damaged.fill(1, 1024, 1100);
    await expect(imageArchive(put("c.tar", damaged))).rejects.toThrow(/none at byte 1024, after "0\.png"/);
    const greedy = header(Buffer.alloc(512), "L", { type: "L", size: 2 ** 21 });
    await expect(imageArchive(put("d.tar", greedy))).rejects.toThrow(
      /a header must be at most 1048576 bytes, got 2097152/,
    );
    await expect(imageArchive(put("e.tar", Buffer.alloc(1024)))).rejects.toThrow(/must hold usable pictures, got none/);
    expect([await isArchive(shard), await isArchive(root), await isArchive(join(root, "gone.tar"))]).toEqual([
      true,
      false,
      false,
    ]);
  });
});

describe("imageArchive of parquet files", () => {
  it("reads pictures with their names' classes and captions, whichever row group they are in", async () => {
    const data = await imageArchive(table);
    const examples = await Promise.all([3, 0, 1, 2].map((i) => data.at(i)));
    expect(examples.map(({ image }) => Math.round(255 * (image.data[0] as number)))).toEqual([200, 50, 100, 150]);
    expect(examples.map(({ captions }) => captions)).toEqual([["vier"], ["un"], undefined, undefined]);
    expect([data.classes, [...(data.labels ?? [])]]).toEqual([
      ["cat", "dog"],
      [0, 1, 1, 0],
    ]);
    expect(data.report.uncaptioned).toEqual(["table.parquet/1", "table.parquet/2"]);
  });

  it("refuses what is cut short, damaged or has no pictures, and names rows whose picture lies elsewhere", async () => {
    const bytes = readFileSync(table);
    const put = (content: Uint8Array): string => {
      writeFileSync(join(root, "other.parquet"), content);
      return join(root, "other.parquet");
    };
    await expect(imageArchive(put(bytes.subarray(0, -20)))).rejects.toThrow(/cut short: it does not end in PAR1/);
    await expect(imageArchive(put(Buffer.from("PK not parquet")))).rejects.toThrow(/got another format/);
    const damaged = Buffer.from(bytes);
    damaged.fill(0xff, bytes.length - 300, bytes.length - 200);
    await expect(imageArchive(put(damaged))).rejects.toMatchObject({ code: "FORMAT" });
    const greedy = Buffer.from(bytes);
    greedy.writeUInt32LE(2 ** 30, bytes.length - 8);
    await expect(imageArchive(put(greedy))).rejects.toThrow(/a footer of 1073741824 bytes/);
    const filename = join(root, "text.parquet");
    parquetWriteFile({ filename, columnData: [{ name: "text", data: ["a"], type: "STRING" }] });
    await expect(imageArchive(filename)).rejects.toThrow(/needs a column of pictures, image, .*got text; rename it/);
    parquetWriteFile({ filename, columnData: [{ name: "image", data: [null, await picture(9)], type: "BYTE_ARRAY" }] });
    const { report, length } = await imageArchive(filename, { onBad: "skip" });
    expect([length, report.leftOut.map(({ file, kind }) => `${file} ${kind}`)]).toEqual([1, ["text.parquet/0 empty"]]);
  });
});

/** The first header of an archive under another name, with its checksum. */
function header(bytes: Uint8Array, name: string, { type, size }: { type?: string; size?: number } = {}): Buffer {
  const block = Buffer.from(bytes.subarray(0, 512));
  block.fill(0, 0, 100).write(name);
  if (size !== undefined) block.write(`${size.toString(8).padStart(11, "0")}\0`, 124);
  if (type) block.write(`${type}ustar\0`.slice(0, 1), 156);
  block.write("        ", 148);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}
