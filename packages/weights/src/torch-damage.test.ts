import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isGMemError } from "@gmem/tensor";
import { describe, expect, it } from "vitest";
import { join8, text, zip } from "../test/zip.ts";
import { openTorch } from "./open-torch.ts";
import { readTorch } from "./read-torch.ts";

const folder = mkdtempSync(join(tmpdir(), "gmem-torch-"));
const path = join(folder, "a.pt");
const fixture = (name: string): Uint8Array =>
  Uint8Array.from(readFileSync(fileURLToPath(new URL(`../test/fixtures/${name}`, import.meta.url))));
/** A checkpoint whose structure is this pickle, with one storage of four f32. */
const checkpoint = (pickle: Uint8Array, deflate = false): Uint8Array =>
  zip({ "a/data.pkl": pickle, "a/data/0": new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer) }, deflate);
const count = (n: number): number[] => [0x8a, 8, ...new Uint8Array(BigInt64Array.of(BigInt(n)).buffer)];
const word = (value: string): number[] => [0x8c, value.length, ...text(value)];
/** The pickle of a tensor over that storage. */
const tensor = (view: { offset?: number; shape: number[]; strides: number[]; length?: number }): number[] => [
  ...text("ctorch._utils\n_rebuild_tensor_v2\n(("),
  ...[...word("storage"), ...text("ctorch\nFloatStorage\n"), ...word("0"), ...word("cuda:0")],
  ...[...count(view.length ?? 4), 0x74, 0x51, ...count(view.offset ?? 0)],
  ...[0x28, ...view.shape.flatMap(count), 0x74, 0x28, ...view.strides.flatMap(count), 0x74],
  ...text("\x89NtR").filter((byte) => byte !== 0xc2),
];
/** A list of pairs of numbers, remembered as 0. */
const pairs = (n: number): number[] => [
  0x5d,
  0x94,
  0x28,
  ...Array.from({ length: n }, (_, i) => [...count(i), 0x4e, 0x86]).flat(),
  0x65,
];
const pickled = (...parts: number[][]): Uint8Array => Uint8Array.from([0x80, 4, ...parts.flat(), 0x2e]);

async function read(bytes: Uint8Array): Promise<unknown> {
  writeFileSync(path, bytes);
  return readTorch(path).catch((cause: unknown) => cause);
}

describe("files made by hand", () => {
  it.each([false, true])("are read, deflated: %s", async (deflate) => {
    const result = await read(checkpoint(pickled(tensor({ offset: 1, shape: [2], strides: [2] })), deflate));
    expect(result).toMatchObject({ tensors: { tensor: { dtype: "f32", shape: [2], data: Float32Array.of(2, 4) } } });
  });
  const self = [0x5d, 0x94, 0x68, 0, 0x61]; // a list that holds itself
  const doubled = [0x5d, 0x94, ...Array.from({ length: 60 }, (_, i) => [0x28, 0x68, i, 0x68, i, 0x6c, 0x94]).flat()];
  const deep = [...new Array(5000).fill(0x5d), ...new Array(4999).fill(0x61)];
  const cases: [string, Uint8Array, RegExp][] = [
    ["a list that holds itself", checkpoint(pickled(self)), /levels deep/],
    ["lists that double 60 times", checkpoint(pickled(doubled)), /far larger than its file|levels deep/],
    ["5000 nested lists", checkpoint(pickled(deep)), /levels deep/],
    ["a class and nothing else", checkpoint(pickled([...text("cbuiltins\neval\n")])), /state_dict\(\).*builtins\.eval/],
    ["a class named on the stack", checkpoint(pickled([...word("os"), ...word("system"), 0x93])), /os\.system/],
    [
      "an attribute of a class that is allowed",
      checkpoint(pickled([...text("ctorch\nSize.__init__\n")])),
      /torch\.Size\.__init__/,
    ],
    ["a function of torch", checkpoint(pickled([...text("ctorch\nload\n")])), /torch\.load/],
    ["an extension", checkpoint(pickled([0x82, 1])), /0x82/],
    ["an instance of old", checkpoint(pickled([0x28, ...text("ios\nsystem\n")])), /only the class is read.*os\.system/],
    ["a string longer than the file", checkpoint(pickled([0x8d, ...new Uint8Array(8).fill(0x7f)])), /fit in the file/],
    [
      "an integer of 65000 bytes",
      checkpoint(pickled([0x8b, 0xe8, 0xfd, 0, 0, ...new Array(65000).fill(1)])),
      /at most 1024 bytes/,
    ],
    ["a tensor outside its storage", checkpoint(pickled(tensor({ shape: [5], strides: [1] }))), /lies in its storage/],
    ["a negative stride", checkpoint(pickled(tensor({ shape: [2], strides: [-1] }))), /a size and strides/],
    [
      "a storage of another length",
      checkpoint(pickled(tensor({ shape: [1], strides: [1], length: 5 }))),
      /has 20 bytes/,
    ],
    ["10^12 elements out of one", checkpoint(pickled(tensor({ shape: [1e6, 1e6], strides: [0, 0] }))), /far larger/],
    [
      "a pickle that is deflated to a thousandth of it",
      checkpoint(new Uint8Array(2 ** 25).fill(0x5d), true),
      /data\.pkl of a file of \d+ bytes has at most \d+, got 33554432/,
    ],
    [
      "a million dictionaries in a megabyte",
      checkpoint(new Uint8Array(2 ** 20).fill(0x7d)),
      /far larger than its file/,
    ],
    [
      "a list of pairs that becomes a dictionary a thousand times",
      checkpoint(
        pickled(
          pairs(500),
          ...Array.from({ length: 1000 }, () => [...text("ccollections\nOrderedDict\n"), 0x68, 0, 0x85, 0x52]),
        ),
      ),
      /far larger than its file/,
    ],
    ["no pickle", zip({ "a/version": text("3\n") }), /one data\.pkl/],
    ["a big-endian file", zip({ "a/byteorder": text("big"), "a/data.pkl": pickled([0x4e]) }), /little-endian/],
    ["an empty file", new Uint8Array(0), /pickle: it must end inside the file/],
    ["a key __proto__", checkpoint(pickled([0x7d, ...word("__proto__"), 0x4b, 1, 0x73])), /no key is called __proto__/],
    [
      "two tensors of one path",
      checkpoint(pickled([0x7d, 0x28, ...word("1"), 0x4e, 0x4b, 1, 0x4e, 0x75])),
      /"1" twice/,
    ],
    ["a missing mark", checkpoint(pickled([0x74])), /needs a mark/],
    ["an empty stack", checkpoint(pickled([0x52])), /needs a value/],
  ];
  it.each(cases)("%s is refused with the reason", async (_, bytes, reason) => {
    const error = await read(bytes);
    expect(isGMemError(error, "FORMAT")).toBe(true);
    expect(String(error)).toMatch(reason);
  });
  it("a stored byte that changed is found by its checksum", async () => {
    const bytes = fixture("pt_bank.a.pt").slice();
    bytes[400] = (bytes[400] as number) ^ 1;
    expect(String(await read(bytes))).toMatch(/agree with its checksum/);
  });
});

describe("archives beyond 4 GiB", () => {
  it("are read by slice", async () => {
    const far = join(folder, "far.pt");
    const pickle = pickled(tensor({ shape: [1_500_000_000, 1], strides: [1, 1], length: 1_500_000_000 }));
    const size = 6_000_000_000;
    const u64 = (...values: number[]): Uint8Array => new Uint8Array(BigUint64Array.from(values, BigInt).buffer);
    const u32 = (...values: number[]): Uint8Array => new Uint8Array(Uint32Array.from(values).buffer);
    const local = (name: string): Uint8Array =>
      join8([[0x50, 0x4b, 3, 4], new Array(22).fill(0), [name.length, 0, 0, 0], text(name)]);
    const first = join8([local("a/data/0")]);
    const second = join8([local("a/data.pkl"), pickle]);
    const entry = (name: string, sizes: Uint8Array, more: Uint8Array | number[]): Uint8Array =>
      join8([
        [0x50, 0x4b, 1, 2],
        new Array(16).fill(0),
        sizes,
        [name.length, 0, more.length, 0],
        new Array(10).fill(0),
        u32(0xffffffff),
        text(name),
        more,
      ]);
    const secondAt = first.length + size;
    const directory = join8([
      entry("a/data/0", u32(0xffffffff, 0xffffffff), join8([[1, 0, 24, 0], u64(size, size, 0)])),
      entry("a/data.pkl", u32(pickle.length, pickle.length), join8([[1, 0, 8, 0], u64(secondAt)])),
    ]);
    const start = secondAt + second.length;
    const record = join8([u32(0x06064b50), u64(44), u32(0, 0, 0), u64(2, 2, directory.length, start)]);
    const locator = join8([u32(0x07064b50, 0), u64(start + directory.length), u32(1)]);
    const end = join8([u32(0x06054b50, 0, 0xffffffff, 0xffffffff, 0xffffffff), [0, 0]]);
    const file = await open(far, "w"); // the hole between takes no room on the disk
    await file.write(first, 0, first.length, 0);
    await file.write(new Uint8Array(Float32Array.of(7, 8).buffer), 0, 8, first.length + 4 * 1_400_000_000);
    const rest = join8([second, directory, record, locator, end]);
    await file.write(rest, 0, rest.length, secondAt);
    await file.close();
    const torch = await openTorch(far);
    expect(torch.tensors).toEqual({ tensor: { dtype: "F32", shape: [1_500_000_000, 1] } });
    expect((await torch.readRows("tensor", 1_399_999_999, 1_400_000_002)).data).toEqual(Float32Array.of(0, 7, 8));
    await torch.close();
    rmSync(far);
  });
});
