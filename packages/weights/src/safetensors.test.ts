import { existsSync, mkdtempSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { array, f32, isGMemError } from "@gmem/tensor";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openSafetensors } from "./open-safetensors.ts";
import { readSafetensors } from "./read-safetensors.ts";
import { SafetensorsWriter } from "./safetensors-writer.ts";
import { WeightsError } from "./weights-error.ts";
import { writeSafetensors } from "./write-safetensors.ts";

const folder = mkdtempSync(join(tmpdir(), "gmem-weights-"));
let files = 0;
const fresh = (): string => join(folder, `${files++}.safetensors`);

/** A file made by hand: length, header, data. */
function handmade(header: string | Uint8Array, data: ArrayLike<number> = [], length?: bigint): string {
  const text = typeof header === "string" ? new TextEncoder().encode(header) : header;
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, length ?? BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  const path = fresh();
  writeFileSync(path, bytes);
  return path;
}

function empty(): string {
  const path = fresh();
  writeFileSync(path, "");
  return path;
}

const failure = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe("reading", () => {
  it("understands a file laid out by hand as the format says", async () => {
    const data = new Uint8Array(new Float32Array([1.5, -2, 0.25, 8]).buffer);
    const path = handmade(
      '{"__metadata__":{"format":"pt"},"w":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}   ',
      data,
    );
    const { tensors, metadata } = await readSafetensors(path);
    expect(tensors).toEqual({ w: array([1.5, -2, 0.25, 8], [2, 2]) });
    expect(metadata).toEqual({ format: "pt" });
  });
  it.each([
    ["F64", [0, 0, 0, 0, 0, 0, 0xf8, 0x3f], "f64", 1.5],
    ["F16", [0x00, 0x3e], "f32", 1.5],
    ["BF16", [0xc0, 0x3f], "f32", 1.5],
    ["I64", [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], "i32", -1],
    ["I32", [0xfe, 0xff, 0xff, 0xff], "i32", -2],
    ["U32", [5, 0, 0, 0], "i32", 5],
    ["I16", [0xff, 0xff], "i32", -1],
    ["U16", [0xff, 0xff], "i32", 65535],
    ["I8", [0x80], "i32", -128],
    ["U8", [0x80], "i32", 128],
    ["BOOL", [1], "bool", 1],
  ])("reads %s", async (dtype, bytes, becomes, value) => {
    const path = handmade(`{"a":{"dtype":"${dtype}","shape":[],"data_offsets":[0,${bytes.length}]}}`, bytes);
    const { a } = (await readSafetensors(path)).tensors;
    expect(a?.dtype).toBe(becomes);
    expect([...(a?.data ?? [])]).toEqual([value]);
  });
  it("reads integers beyond 32 bits as f64, leaves out those beyond 53 and refuses them when read", async () => {
    const big = handmade('{"a":{"dtype":"I64","shape":[],"data_offsets":[0,8]}}', [0, 0, 0, 0, 1, 0, 0, 0]);
    expect((await readSafetensors(big)).tensors.a).toEqual(array([4294967296], [], "f64"));
    const bigger = handmade('{"a":{"dtype":"I64","shape":[],"data_offsets":[0,8]}}', [0, 0, 0, 0, 0, 0, 0, 1]);
    expect(await readSafetensors(bigger)).toMatchObject({ tensors: {}, unread: { a: { dtype: "I64" } } });
    const file = await openSafetensors(bigger);
    expect(await failure(file.read("a"))).toMatchObject({ code: "WEIGHTS", found: "72057594037927936" });
    await file.close();
  });
  it.each([
    ["F8_E4M3", [0x01, 0x08, 0x38, 0xc0, 0x7e, 0xff], [2 ** -9, 2 ** -6, 1, -2, 448, Number.NaN]],
    ["F8_E5M2", [0x01, 0x04, 0x3c, 0xc0, 0x7b, 0xfc], [2 ** -16, 2 ** -14, 1, -2, 57344, -Infinity]],
  ])("reads %s", async (dtype, bytes, values) => {
    const path = handmade(`{"a":{"dtype":"${dtype}","shape":[6],"data_offsets":[0,6]}}`, bytes);
    expect((await readSafetensors(path)).tensors.a).toEqual(array(values, [6]));
  });
  it.each(["C64", "F8_E8M0", "F8_E4M3FNUZ", "F4", "F6_E2M3", "X9"])(
    "lists %s beside what it reads, and refuses it when it is read",
    async (dtype) => {
      const bits = { C64: 64, F4: 4, F6_E2M3: 6 }[dtype] ?? 8;
      const size = Math.ceil((6 * bits) / 8);
      const path = handmade(
        `{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"z":{"dtype":"${dtype}","shape":[2,3],"data_offsets":[4,${4 + size}]}}`,
        [0, 0, 128, 63, ...new Array(size).fill(1)],
      );
      const { tensors, unread } = await readSafetensors(path);
      expect(tensors).toEqual({ w: array([1], [1]) });
      expect(unread).toEqual({ z: { dtype, shape: [2, 3] } });
      const file = await openSafetensors(path);
      expect(await failure(file.read("z"))).toMatchObject({ code: "WEIGHTS", found: dtype });
      await file.close();
    },
  );
  it("takes metadata that are null, as the reference implementation", async () => {
    const path = handmade(
      '{"__metadata__":null,"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
      [0, 0, 128, 63],
    );
    expect(await readSafetensors(path)).toEqual({ tensors: { w: array([1], [1]) }, unread: {}, metadata: {} });
  });
  it("reads slices and rows in any order, repeated rows too, as the whole has them", async () => {
    const path = fresh();
    const table = array(
      Float32Array.from({ length: 5000 * 3 }, (_, i) => i),
      [5000, 3],
    );
    await writeSafetensors(path, { table, other: array([7]) });
    const file = await openSafetensors(path);
    expect(file.tensors.table).toEqual({ dtype: "F32", shape: [5000, 3] });
    expect((await file.readRows("table", 4998, 5000)).data).toEqual(table.data.slice(-6));
    expect((await file.readRows("table", 3, 3)).shape).toEqual([0, 3]);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(4999), { maxLength: 40 }), async (rows) => {
        const taken = await file.takeRows("table", Int32Array.from(rows));
        expect(taken.shape).toEqual([rows.length, 3]);
        expect([...taken.data]).toEqual(rows.flatMap((row) => [3 * row, 3 * row + 1, 3 * row + 2]));
      }),
    );
    expect(await failure(file.takeRows("table", Int32Array.of(5000)))).toMatchObject({ code: "SHAPE" });
    expect(await failure(file.readRows("table", 2, 5001))).toMatchObject({ code: "SHAPE" });
    expect(await failure(file.read("tabel"))).toMatchObject({
      code: "WEIGHTS",
      message: expect.stringContaining("other"),
    });
    expect(await failure(file.read("toString"))).toMatchObject({ code: "WEIGHTS" });
    await file.close();
  });
});

describe("malformed files", () => {
  const entry = (offsets: string, shape = "[1]", dtype = "F32"): string =>
    `{"dtype":"${dtype}","shape":${shape},"data_offsets":${offsets}}`;
  const four = [0, 0, 0, 0];
  const cases: [string, () => string, RegExp][] = [
    ["an empty file", empty, /8 bytes of header length/],
    ["a header of 2^60 bytes", () => handmade("{}", [], 2n ** 60n), /at most 100000000 bytes/],
    [
      "a header longer than the file",
      () => handmade("{}", [], 3n),
      /truncated: the file must have the 11 bytes of its header/,
    ],
    ["a header that is not UTF-8", () => handmade(Uint8Array.of(0x7b, 0xff, 0x7d)), /UTF-8/],
    ["a header that is not JSON", () => handmade("{a}"), /JSON/],
    ["a header that is a list", () => handmade("[]"), /JSON object/],
    ["a header after a space", () => handmade(" {}"), /JSON object/],
    [
      "a name twice",
      () => handmade(`{"a":${entry("[0,4]")},"\\u0061":${entry("[4,8]")}}`, [...four, ...four]),
      /unique, got "a" twice/,
    ],
    [
      "a key twice",
      () => handmade('{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}', four),
      /"dtype" twice/,
    ],
    [
      "overlapping tensors",
      () => handmade(`{"a":${entry("[0,4]")},"b":${entry("[2,6]")}}`, [...four, 0, 0]),
      /"b" must start at 4/,
    ],
    [
      "a gap",
      () => handmade(`{"a":${entry("[0,4]")},"b":${entry("[8,12]")}}`, [...four, ...four, ...four]),
      /"b" must start at 4/,
    ],
    [
      "too few bytes",
      () => handmade(`{"a":${entry("[0,8]", "[2]")}}`, four),
      /truncated: the file must have the \d+ bytes .*, got \d+ bytes$/,
    ],
    ["offsets backwards", () => handmade(`{"a":${entry("[4,0]")}}`, four), /begin before they end/],
    ["negative offsets", () => handmade(`{"a":${entry("[-4,0]")}}`, four), /two whole numbers/],
    ["bytes after the last tensor", () => handmade(`{"a":${entry("[0,4]")}}`, [...four, 0]), /must end where/],
    ["a size that is not the shape's", () => handmade(`{"a":${entry("[0,3]")}}`, [0, 0, 0]), /takes 4 bytes/],
    ["an element type that is no word", () => handmade(`{"a":${entry("[0,4]", "[1]", "F 31")}}`, four), /is a word/],
    [
      "bytes that are not an 8-bit float's",
      () => handmade(`{"a":${entry("[0,4]", "[3]", "F8_E8M0")}}`, four),
      /3 bytes/,
    ],
    [
      "a shape whose size overflows",
      () => handmade(`{"a":${entry("[0,4]", "[4294967296,4294967296]")}}`, four),
      /below 2\^53/,
    ],
    ["a fractional shape", () => handmade(`{"a":${entry("[0,4]", "[1.5]")}}`, four), /whole numbers/],
    ["a tensor named __proto__", () => handmade(`{"__proto__":${entry("[0,4]")}}`, four), /__proto__/],
    ["two million brackets", () => handmade(`{"a":${"[".repeat(2 ** 21)}`), /far larger once it is read/],
    ["metadata that are not strings", () => handmade('{"__metadata__":{"a":1}}'), /strings/],
    ["metadata named __proto__", () => handmade('{"__metadata__":{"__proto__":"x"}}'), /strings/],
  ];
  it.each(cases)("%s: code FORMAT, with the file and the rule", async (_, make, message) => {
    const path = make();
    const error = await failure(openSafetensors(path));
    expect(error).toBeInstanceOf(WeightsError);
    expect(error).toMatchObject({ code: "FORMAT", file: path, message: expect.stringMatching(message) });
  });
  it("says which file is missing", async () => {
    expect(await failure(openSafetensors(join(folder, "none")))).toMatchObject({
      code: "WEIGHTS",
      file: join(folder, "none"),
    });
  });
  it("notices a file that is cut while it is open", async () => {
    const path = fresh();
    await writeSafetensors(path, { a: array(new Float32Array(100), [50, 2]) });
    const file = await openSafetensors(path);
    truncateSync(path, 200);
    expect(await failure(file.read("a"))).toMatchObject({ code: "FORMAT" });
    expect(await failure(file.takeRows("a", Int32Array.of(49)))).toMatchObject({ code: "FORMAT" });
    await file.close();
  });
  it("mutated bytes give a typed error or tensors of the sizes their shapes say", async () => {
    const whole = handmade(`{"__metadata__":{"k":"v"},"a":${entry("[0,4]")},"b":${entry("[4,12]", "[2,2]", "F16")}}`, [
      ...four,
      ...four,
      ...four,
    ]);
    const bytes = readFileSync(whole);
    const path = fresh();
    const edit = fc.record({ at: fc.nat(bytes.length - 1), value: fc.nat(255) });
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 4 }), fc.nat(bytes.length), async (edits, cut) => {
        const changed = Buffer.from(bytes);
        for (const { at, value } of edits) changed[at] = value;
        writeFileSync(path, cut % 3 === 0 ? changed.subarray(0, cut) : changed);
        const result = await readSafetensors(path).catch((error: unknown) => error);
        if (result instanceof Error) expect(isGMemError(result)).toBe(true);
        else
          for (const { data, shape } of Object.values((result as Awaited<ReturnType<typeof readSafetensors>>).tensors))
            expect(data.length).toBe(shape.reduce((a, b) => a * b, 1));
      }),
      { numRuns: 300 },
    );
    expect(Object.prototype).not.toHaveProperty("dtype");
  });
});

describe("writing", () => {
  it("returns what was written, of every element type", async () => {
    const path = fresh();
    const tensors = {
      "blocks.0.w": array([1, 2, 3, 4, 5, 6], [2, 3]),
      "1": array([0.1, 0.2], [2], "f64"),
      count: array([-5], [], "i32"),
      mask: array([1, 0, 1], [3], "bool"),
      none: array([], [0, 4]),
      "naïve ☃": array([Number.NaN, Number.POSITIVE_INFINITY]),
    };
    await writeSafetensors(path, tensors, { metadata: { step: "12", ключ: '"' } });
    expect(await readSafetensors(path)).toEqual({ tensors, unread: {}, metadata: { step: "12", ключ: '"' } });
    expect(readFileSync(path).readBigUint64LE(0) % 8n).toBe(0n);
  });
  it("refuses what half precision would make infinite, and leaves no file", async () => {
    const path = fresh();
    await writeSafetensors(path, { a: array([65504, -65519, Number.POSITIVE_INFINITY]) }, { floats: "f16" });
    expect([...((await readSafetensors(path)).tensors.a?.data ?? [])]).toEqual([
      65504,
      -65504,
      Number.POSITIVE_INFINITY,
    ]);
    const other = fresh();
    await expect(writeSafetensors(other, { a: array([1, 65520]) }, { floats: "f16" })).rejects.toMatchObject({
      code: "NON_FINITE",
      message: `${other}: "a": numbers must stay finite in half precision, at most 65504, got 65520; store it as f32`,
    });
    expect(existsSync(other)).toBe(false);
  });

  it("rounds f32 to 16 bits when asked", async () => {
    const path = fresh();
    await writeSafetensors(path, { a: array([1.0009, 0.1]) }, { floats: "f16" });
    const file = await openSafetensors(path);
    expect(file.tensors.a?.dtype).toBe("F16");
    expect([...(await file.read("a")).data]).toEqual([1.0009765625, 0.0999755859375]);
    await file.close();
  });
  it("streams rows of tensors in turns to the same bytes as at once", async () => {
    const [one, other] = [fresh(), fresh()];
    const a = array([1, 2, 3, 4, 5, 6], [3, 2]);
    const b = array([7, 8], [2], "i32");
    await writeSafetensors(one, { a, b });
    const writer = await SafetensorsWriter.create(other, { a: f32(3, 2), b: { dtype: "i32", shape: [2] } });
    await writer.append("a", array([1, 2], [1, 2]));
    await writer.append("b", b);
    await writer.append("a", array([3, 4, 5, 6], [2, 2]));
    expect(readdirSync(folder)).not.toContain(other.split("/").at(-1)); // not before it is complete
    await writer.close();
    expect(readFileSync(other)).toEqual(readFileSync(one));
  });
  it("refuses missing, surplus and misshapen rows and leaves the old file", async () => {
    const path = fresh();
    await writeSafetensors(path, { a: array([1]) });
    const old = readFileSync(path);
    const writer = await SafetensorsWriter.create(path, { a: f32(2, 2) });
    expect(await failure(writer.append("a", array([1, 2, 3], [1, 3])))).toMatchObject({ code: "SHAPE" });
    expect(await failure(writer.append("b", array([1])))).toMatchObject({ code: "WEIGHTS" });
    await writer.append("a", array([1, 2], [1, 2]));
    expect(await failure(writer.append("a", array([1, 2, 3, 4], [2, 2])))).toMatchObject({ code: "SHAPE" });
    expect(await failure(writer.close())).toMatchObject({ code: "WEIGHTS", found: "8 bytes less" });
    expect(readFileSync(path)).toEqual(old);
    expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });
  it("refuses the name __proto__", async () => {
    const tensors = JSON.parse('{"__proto__":{"dtype":"f32","shape":[1]}}');
    expect(await failure(SafetensorsWriter.create(fresh(), tensors))).toMatchObject({ code: "WEIGHTS" });
  });
});
