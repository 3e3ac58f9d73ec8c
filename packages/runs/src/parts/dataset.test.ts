import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodePng } from "@gmem/datasets/png";
import { beforeAll, describe, expect, it } from "vitest";
import { loadConfig } from "../config/load.ts";
import { heldOutCount, openAll, openData } from "./dataset.ts";

const folder = mkdtempSync(join(tmpdir(), "gmem-data-"));

beforeAll(async () => {
  mkdirSync(join(folder, "below"));
  const png = await encodePng({ width: 12, height: 12, data: new Uint8Array(432).fill(90) });
  for (let i = 0; i < 18; i++) writeFileSync(join(folder, `${i}.png`), png);
  for (let i = 0; i < 4; i++) writeFileSync(join(folder, "below", `${i}.png`), png);
  for (let i = 0; i < 12; i++) writeFileSync(join(folder, `torn${i}.jpg`), "torn");
});

const configOf = (...settings: string[]) => loadConfig("cifar-nano", [`data=${folder}`, "image.size=8", ...settings]);

describe("a folder of images as data", () => {
  it("trains without labels on images at the top and below; a class table asks for folders of classes", async () => {
    const { images, classes } = await openAll(await configOf());
    expect([images.length, images.labels, classes]).toEqual([22, undefined, []]);
    await expect(openAll(await configOf("conditioner.kind=class-table"))).rejects.toThrow(
      /classes need every image in a subfolder, got 30 of 34/,
    );
  });

  it("says how many files are left out, the first ten by name, and how few are held out", async () => {
    const said: string[] = [];
    const onProgress = ({ stage, result }: { readonly stage: string; readonly result?: string }): void => {
      if (result) said.push(`${stage} ${result}`);
    };
    const { train, heldOut, leftOut } = await openData(await configOf(), { onProgress });
    expect(said.slice(0, 2)).toEqual([
      `images 22 from ${folder}, 12 left out: 12 text`,
      "left out torn0.jpg (text: no picture)",
    ]);
    expect(said.slice(-2)).toEqual([
      "left out and 2 more",
      "held out 2 of 22 images, fewer than the usual 256; image.heldOut sets it",
    ]);
    expect(said).toHaveLength(13);
    expect([train.length, heldOut.length, leftOut.length]).toEqual([20, 2, 12]);
  });

  it("holds out what is asked for, or 256, or a tenth of few, one at least", async () => {
    const counts = [5000, 2560, 100, 20, 3].map((images) => heldOutCount({ heldOut: null }, images));
    expect(counts).toEqual([256, 256, 10, 2, 1]);
    expect([0.25, 7].map((heldOut) => heldOutCount({ heldOut }, 20))).toEqual([5, 7]);
    await expect(openData(await configOf("image.heldOut=22"))).rejects.toMatchObject({ code: "CONFIG" });
  });

  it("holds two images at least", async () => {
    const one = mkdtempSync(join(tmpdir(), "gmem-one-"));
    writeFileSync(join(one, "a.png"), await encodePng({ width: 8, height: 8, data: new Uint8Array(192) }));
    const opening = openData(await configOf(`data=${one}`));
    await expect(opening).rejects.toThrow(/one to hold out, got 1 from .*; add images/);
  });

  it("is one folder by every spelling of its path, and another one with another way of decoding", async () => {
    const data = async (path: string) => (await loadConfig("cifar-nano", [`data=${path}`])).data;
    expect(await Promise.all(["d", "./d", "d/", "./x/../d//"].map(data))).toEqual(["d", "d", "d", "d"]);
    expect(await Promise.all(["/", ".", "./"].map(data))).toEqual(["/", ".", "."]);
    const id = async (...settings: string[]) => (await openAll(await configOf(...settings))).contentId;
    expect(await id(`data=${folder}/./`)).toBe(await id());
    expect(await id("image.decode=pillow")).not.toBe(await id());
  });

  it("is no file, and no path that leads nowhere, code DATA", async () => {
    for (const [path, message] of [
      ["0.png", /0\.png, which is a file; give the folder/],
      ["gone", /gone, which does not exist/],
      ["0.png/x", /does not exist/],
    ] as const) {
      const opening = openAll(await configOf(`data=${join(folder, path)}`));
      await expect(opening).rejects.toMatchObject({ code: "DATA" });
      await expect(opening).rejects.toThrow(message);
    }
  });
});

describe("drawings as data", () => {
  it("hold out pairs and concepts, whatever is drawn of them, and say who made them", async () => {
    const config = await loadConfig("scenes-tiny", ["data=drawings:fluent-emoji-high-contrast", "image.size=8"]);
    const { train, heldOut, credits, classes } = await openData(config);
    expect(credits?.map(({ licence }) => licence)).toEqual(["MIT"]);
    expect(train.length + heldOut.length).toBe(classes.length); // one style: a concept is one drawing
    expect(heldOut.labels?.every((label) => train.labels?.indexOf(label) === -1)).toBe(true);
    expect(await train.captionsAt?.(0)).toContain("grinning face, black and white drawing");
    const more = await openData(
      await loadConfig("scenes-tiny", [
        "data=drawings:fluent-emoji-high-contrast",
        "image.size=8",
        "image.heldOut=0.5",
      ]),
    );
    expect(more.heldOut.length).toBeGreaterThan(2 * heldOut.length);
  });
});
