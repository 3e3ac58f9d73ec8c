import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodePng } from "@gmem/datasets/png";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadConfig } from "../config/load.ts";
import { openSource } from "./data-source.ts";

const root = mkdtempSync(join(tmpdir(), "gmem-captioned-"));
let png: Uint8Array;
beforeAll(async () => {
  png = await encodePng({ width: 8, height: 8, data: new Uint8Array(192).fill(90) });
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const text = ["conditioner.kind=module", "conditioner.package=my-parts", "conditioner.needs.text=true"];

/** What is said while data is opened, and what is known of it. */
async function opened(data: string, ...settings: string[]) {
  const said: string[] = [];
  const config = await loadConfig("cifar-nano", [`data=${data}`, "image.size=8", ...settings]);
  const source = await openSource(config, {
    onProgress: ({ stage, result }) => {
      if (result) said.push(`${stage}: ${result}`);
    },
  });
  return { said, source };
}

describe("captioned data of a run", () => {
  it("says how many of a folder's pictures have captions, and the names of those without", async () => {
    const folder = join(root, "half");
    mkdirSync(folder);
    for (const name of ["a", "b", "c", "d"]) writeFileSync(join(folder, `${name}.png`), png);
    writeFileSync(join(folder, "a.txt"), "one\ntwo\n");
    writeFileSync(join(folder, "metadata.csv"), "file_name,text\nc.png,three\ne.png,four\n");
    const { said, source } = await opened(folder, ...text);
    expect(said).toEqual([
      `images: 4 from ${folder}, 1 left out: 1 row without a picture, captions of 2 of 4 pictures, 3 in all`,
      "left out: metadata.csv:3 (row without a picture: e.png)",
      "without caption: b.png",
      "without caption: d.png",
      "held out: 1 of 4 images, fewer than the usual 256; image.heldOut sets it",
    ]);
    expect([source.captioned, source.uncaptioned]).toEqual([{ pictures: 2, of: 4, captions: 3 }, ["b.png", "d.png"]]);
  });

  it("is refused without any caption where the conditioner needs text, and is not otherwise", async () => {
    const folder = join(root, "bare");
    mkdirSync(folder);
    for (const name of ["a", "b"]) writeFileSync(join(folder, `${name}.png`), png);
    writeFileSync(join(folder, "metadata.jsonl"), '{"file_name": "a.png", "text": " "}\n');
    const opening = opened(folder, ...text);
    await expect(opening).rejects.toMatchObject({ code: "DATA" });
    await expect(opening).rejects.toThrow(/needs captions, got none in .*bare; put NAME\.txt beside NAME\.jpg/);
    expect((await opened(folder)).source.captioned).toBeUndefined();
    await expect(opened("scenes", "image.count=4", ...text)).resolves.toBeDefined();
  });

  it("comes out of a tar shard as it does out of a folder", async () => {
    const shard = join(root, "shard.tar");
    writeFileSync(
      shard,
      Buffer.concat([member("a.png", png), member("a.txt", Buffer.from("one")), member("b.png", png)]),
    );
    const { said, source } = await opened(shard, ...text);
    expect(said[0]).toBe(`images: 2 from ${shard}, captions of 1 of 2 pictures, 1 in all`);
    expect(source.uncaptioned).toEqual(["shard.tar/b.png"]);
    await expect(opened(join(root, "gone.tar"))).rejects.toThrow(/gone\.tar, which does not exist/);
  });
});

/** A member of a tar archive: a block with its name, length and checksum, and its bytes in blocks. */
function member(name: string, bytes: Uint8Array): Buffer {
  const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, "0");
  const header = Buffer.alloc(512);
  header.write(name);
  header.write(`0000644\0${"0000000\0".repeat(2)}${octal(bytes.length, 11)}\0${octal(0, 11)}\0        0`, 100);
  header.write("ustar\x0000", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${octal(sum, 6)}\0 `, 148);
  return Buffer.concat([header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
}
