import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { testDataset } from "@gmem/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodePng } from "../png/index.ts";
import { type ImageFolder, imageFolder } from "./index.ts";

const root = mkdtempSync(join(tmpdir(), "gmem-captions-"));
let png: Uint8Array;
beforeAll(async () => {
  png = await encodePng({ width: 8, height: 8, data: new Uint8Array(192).fill(80) });
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A folder of pictures and of files with the given text. */
function folder(name: string, files: Readonly<Record<string, string | Uint8Array | undefined>>): string {
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name, file)), { recursive: true });
    writeFileSync(join(root, name, file), content ?? png);
  }
  return join(root, name);
}

const captionsOf = async (data: ImageFolder): Promise<Record<string, readonly string[]>> =>
  Object.fromEntries(
    await Promise.all(
      Array.from(
        { length: data.length },
        async (_, i) => [(await data.at(i)).id, (await data.captionsAt?.(i)) ?? []] as const,
      ),
    ),
  );

testDataset("a folder with captions", () =>
  imageFolder(
    folder("suite", {
      "a.png": undefined,
      "b.png": undefined,
      "c.png": undefined,
      "a.txt": "one\ntwo",
      "c.txt": "three",
    }),
  ),
);

describe("captions of a folder", () => {
  it("are the lines of NAME.txt, as they are but for blank ones, and half of the pictures may have none", async () => {
    const data = await imageFolder(
      folder("texts", {
        ...{ "a.png": undefined, "b/a.png": undefined, "c.png": undefined, "d.png": undefined },
        "a.txt": "\ufeffa cat\r\n\r\n  un chat noir  \n猫が寝ている\n",
        "b/a.txt": `${"word ".repeat(10_000)}\n`,
        "c.txt": " \n\n",
        "notes.txt": "not of a picture",
      }),
    );
    expect(await captionsOf(data)).toEqual({
      "a.png": ["a cat", "un chat noir", "猫が寝ている"],
      "c.png": [],
      "d.png": [],
      "b/a.png": ["word ".repeat(10_000).trim()],
    });
    expect(data.report.captioned).toEqual({ pictures: 2, of: 4, captions: 4 });
    expect(data.report.uncaptioned).toEqual(["c.png", "d.png"]);
    expect(data.report.leftOut.map(({ file }) => file)).toEqual(["notes.txt"]);
    expect("captions" in (await data.at(1))).toBe(false);
  });

  it("are rows of metadata.jsonl, metadata.csv and captions.csv, several of a picture, below any folder", async () => {
    const data = await imageFolder(
      folder("tables", {
        ...{ "a.png": undefined, "train/b.png": undefined, "train/deep/c.png": undefined, "d.png": undefined },
        "metadata.jsonl":
          '{"file_name": "a.png", "text": "a", "more": 1}\n\n{"file_name": "./a.png", "text": ["b", "", "a"]}\n{"file_name": "d.png", "text": null}\n',
        "train/metadata.csv": 'file_name,caption\ndeep/c.png,"one, ""two""\nthree"\n',
        "train/captions.csv": "text,file_name\nof b,b.png\n",
        "a.txt": "first",
      }),
    );
    expect(await captionsOf(data)).toEqual({
      "a.png": ["first", "a", "b"],
      "d.png": [],
      "train/b.png": ["of b"],
      "train/deep/c.png": ['one, "two"\nthree'],
    });
    expect(data.report.leftOut).toEqual([]);
  });

  it("name rows without a picture, which refuse the folder or are left out, and texts that are too long or no UTF-8", async () => {
    const path = folder("rows", {
      ...{ "a.png": undefined, "b.png": undefined },
      "metadata.jsonl": '{"file_name": "a.png", "text": "a"}\n{"file_name": "gone.png", "text": "b"}\n',
      "a.txt": "x".repeat(2 ** 20 + 1),
      "b.txt": Uint8Array.of(0x63, 0xe9),
    });
    await expect(imageFolder(path)).rejects.toThrow(/metadata\.jsonl:2 \(row without a picture: gone\.png\)/);
    const { report } = await imageFolder(path, { onBad: "skip" });
    expect(report.leftOut.map(({ file, kind }) => `${file} ${kind}`)).toEqual([
      "a.txt too long captions",
      "b.txt no UTF-8",
      "metadata.jsonl:2 row without a picture",
    ]);
    expect(report.captioned).toEqual({ pictures: 1, of: 2, captions: 1 });
  });

  it.each([
    [
      "metadata.jsonl",
      '{"file_name": "../a.png", "text": "a"}',
      /metadata\.jsonl:1: file_name must be a path .*inside/,
    ],
    ["metadata.jsonl", '{"file_name": "/etc/a.png", "text": "a"}', /got "\/etc\/a\.png"/],
    ["metadata.jsonl", '{"file_name": "C:\\\\a.png", "text": "a"}', /must be a path with slashes/],
    ["metadata.jsonl", '{"file_name": "a.png"', /metadata\.jsonl:1: must be one JSON object a line/],
    ["metadata.jsonl", '["a.png"]', /one JSON object a line, got no object/],
    ["metadata.csv", "image,text\na.png,a", /metadata\.csv:2: must have file_name/],
    ["metadata.csv", 'file_name,text\na.png,"a', /metadata\.csv: must be a CSV with a header/],
  ])("refuse %s of %s", async (name, content, message) => {
    const path = folder(`bad-${content.length}-${name}`, { "a.png": undefined, [name]: content });
    const opening = imageFolder(path, { onBad: "skip" });
    await expect(opening).rejects.toMatchObject({ code: "DATA" });
    await expect(opening).rejects.toThrow(message);
  });

  it("are absent from a folder that has none", async () => {
    const data = await imageFolder(folder("bare", { "a.png": undefined, "readme.txt": "no caption" }));
    expect([data.captionsAt, data.report.captioned.captions, data.report.uncaptioned]).toEqual([undefined, 0, []]);
  });
});
