import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isGMemError } from "@gmem/tensor";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadImages } from "../index.ts";
import { encodePng } from "../png/index.ts";
import { BadImagesError, type ImageFolder, imageFolder, leftOutSummary } from "./index.ts";

let root = "";
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "gmem-folder-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function put(file: string, width = 12, height = width, level = 100): Promise<void> {
  await mkdir(join(root, file, ".."), { recursive: true });
  await writeFile(
    join(root, file),
    await encodePng({ width, height, data: new Uint8Array(3 * width * height).fill(level) }),
  );
}

const idsOf = (data: ImageFolder): Promise<string[]> =>
  Promise.all(Array.from({ length: data.length }, async (_, i) => (await data.at(i)).id));

describe("imageFolder", () => {
  it("sorts classes by name, all of one together, and files as os.walk gives them: torchvision's ImageFolder", async () => {
    const sorted = [
      ...["Zebra/q.png", "cat/z.PNG", "cat/deep 2/y.png", "cat/deep/a/x.png", "cat/deep-1/x.png"],
      ...["cat 3/b.png", "cat-2/a.png", "dog/10.png", "dog/9.png", "dog/B.png", "dog/a.png", "éa/r.png"],
      ...["\uff21/a.png", "\u{1f431}/a.png"], // in this order by code points, in the other one by halves of them
    ];
    // os.walk: sorted by the text of the whole path
    sorted.splice(3, 2, "cat/deep-1/x.png", "cat/deep/a/x.png");
    for (const file of [...sorted, ".hidden/a.png", "cat/.a.png"].reverse()) await put(file);
    await writeFile(join(root, "dog/notes.txt"), "no image");
    const data = await imageFolder(root);
    expect(await idsOf(data)).toEqual(sorted);
    expect(data.classes).toEqual(["Zebra", "cat", "cat 3", "cat-2", "dog", "éa", "\uff21", "\u{1f431}"]);
    expect([...(data.labels ?? [])]).toEqual([0, 1, 1, 1, 1, 2, 3, 4, 4, 4, 4, 5, 6, 7]);
    expect((await data.at(2)).label).toBe(1);
    expect((await imageFolder(root, { labels: "none" })).labels).toBeUndefined();
  });

  it("reads a flat folder without labels, with values in [0, 1], cropped to the size asked for", async () => {
    await put("a.png", 12, 20, 255);
    await put("b.png", 16, 16, 51);
    const data = await imageFolder(root, { size: 8 });
    expect(data.labels).toBeUndefined();
    const images = await loadImages(data, [0, 1]);
    expect(images.shape).toEqual([2, 3, 8, 8]);
    expect(images.data[0]).toBe(1);
    expect(images.data.at(-1)).toBe(Math.fround(0.2));
    await expect(loadImages(await imageFolder(root), [0, 1])).rejects.toThrow(/give the dataset a size/);
  });

  it("names and counts corrupt and too small files, and refuses or skips them as chosen", async () => {
    await put("ok.png");
    await put("tiny.png", 4, 12);
    await writeFile(join(root, "torn.jpg"), "not a picture");
    await writeFile(join(root, "empty.webp"), "");
    const refused = await imageFolder(root, { size: 8 }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(BadImagesError);
    expect(String(refused)).toMatch(/3 of 4 bad/);
    expect(String(refused)).toMatch(/onBad: "skip"/);
    expect(String(refused)).toMatch(/tiny\.png \(too small: 4×12 pixels/);
    const data = await imageFolder(root, { size: 8, onBad: "skip" });
    expect(data.length).toBe(1);
    expect(data.report.files).toBe(4);
    expect(data.report.leftOut).toEqual(
      [
        { file: "empty.webp", kind: "empty", reason: "empty" },
        { file: "tiny.png", kind: "too small", reason: "too small: 4×12 pixels, needs 8 on the shorter side" },
        { file: "torn.jpg", kind: "text", reason: "text: no picture" },
      ].map((wanted) => expect.objectContaining(wanted)),
    );
    expect((await imageFolder(root, { size: 8, minSize: 1, onBad: "skip" })).length).toBe(2);
  });

  it("says what to do about folders without usable images, code DATA", async () => {
    const data = (error: unknown): boolean => isGMemError(error, "DATA");
    await expect(imageFolder(root)).rejects.toThrow(/got none in .*put images there/);
    await expect(imageFolder(join(root, "missing"))).rejects.toSatisfy(data);
    await writeFile(join(root, "only.png"), "torn");
    await expect(imageFolder(root, { onBad: "skip" })).rejects.toThrow(/no image is left/);
    await expect(imageFolder(join(root, "only.png"))).rejects.toSatisfy(data);
    await rm(join(root, "only.png"));
    await put("a.png");
    await put("class/b.png");
    await expect(imageFolder(root, { labels: "folders" })).rejects.toThrow(
      /1 of 2 directly in .*a folder for each class/,
    );
    const mixed = await imageFolder(root);
    expect(await idsOf(mixed)).toEqual(["a.png", "class/b.png"]);
    expect([mixed.labels, mixed.classes]).toEqual([undefined, []]);
  });

  it("has a content id that changes with names, lengths and size, and not with the place", async () => {
    await put("a.png");
    await put("b.png", 14);
    const id = async (size?: number): Promise<string> => (await imageFolder(root, size ? { size } : {})).contentId;
    const before = await id();
    expect(await id()).toBe(before);
    expect(await id(8)).not.toBe(before);
    const copy = `${root}-copy`;
    await cp(root, copy, { recursive: true });
    expect((await imageFolder(copy)).contentId).toBe(before);
    await rm(copy, { recursive: true });
    await put("c.png");
    expect(await id()).not.toBe(before);
  });

  it("counts what is not read by kind, pictures first, and refuses a folder for pictures only", async () => {
    await put("a.png");
    for (const file of ["b.HEIC", "c.CR2", "d.mp4", "e.svg", "notes.txt", "Thumbs.db", "LICENSE"])
      await writeFile(join(root, file), "x");
    await writeFile(join(root, "f.jpg"), '<svg xmlns="http://www.w3.org/2000/svg"/>');
    const { report, length } = await imageFolder(root, { onBad: "skip" });
    expect([length, report.files]).toEqual([1, 9]);
    expect(report.leftOut.map(({ file, kind }) => `${file} ${kind}`)).toEqual([
      ...["f.jpg SVG", "b.HEIC HEIC", "c.CR2 camera raw", "e.svg SVG"],
      ...["LICENSE no picture", "Thumbs.db no picture", "d.mp4 film", "notes.txt no picture"],
    ]);
    expect(leftOutSummary(report.leftOut)).toBe("8 left out: 3 no picture, 2 SVG, 1 HEIC, 1 camera raw, 1 film");
    const refused = await imageFolder(root).catch((error: unknown) => error);
    expect((refused as BadImagesError).bad.map(({ file }) => file)).toEqual(["f.jpg", "b.HEIC", "c.CR2", "e.svg"]);
    await Promise.all(["a.png", "f.jpg"].map((file) => rm(join(root, file))));
    await expect(imageFolder(root)).rejects.toThrow(/got none in .*7 left out: .*1 HEIC.*\n {2}LICENSE/s);
  });

  it("says in name and content id how files became pixels", async () => {
    await put("a.png");
    const opened = await Promise.all([
      imageFolder(root, { size: 8 }),
      imageFolder(root, { size: 8, background: "#808080" }),
      imageFolder(root, { size: 8, decode: "pillow" }),
    ]);
    expect(new Set(opened.map(({ contentId }) => contentId)).size).toBe(3);
    expect(opened.map(({ name }) => name.replace(/^folder:.* \(/, ""))).toEqual([
      "8 pixels, as seen on #ffffff)",
      "8 pixels, as seen on #808080)",
      "8 pixels, pillow)",
    ]);
    const other = await imageFolder(`${root}/./`, { size: 8 });
    expect([other.name, other.contentId]).toEqual([opened[0]?.name, opened[0]?.contentId]);
  });

  it("reports progress, stops at the signal, and survives a link to its own folder", async () => {
    for (let i = 0; i < 12; i++) await put(`${i}.png`);
    await symlink(root, join(root, "loop"));
    const seen: number[] = [];
    const stop = new AbortController();
    const running = imageFolder(root, {
      signal: stop.signal,
      onProgress: (done, total) => {
        seen.push(done, total);
        if (done === 3) stop.abort();
      },
    });
    await expect(running).rejects.toSatisfy((error) => isGMemError(error, "ABORTED"));
    expect(seen.slice(0, 4)).toEqual([1, 12, 2, 12]);
    expect((await imageFolder(root)).length).toBe(12);
  });
});
