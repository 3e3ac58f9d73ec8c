import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isGMemError } from "@gmem/tensor";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadImages } from "../index.ts";
import { encodePng } from "../png/index.ts";
import { BadImagesError, imageFolder } from "./index.ts";

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

describe("imageFolder", () => {
  it("sorts classes and files by name, as ImageFolder does, and labels by first subfolder", async () => {
    for (const file of ["dog/b.png", "dog/a.png", "cat/z.PNG", "cat/deep/x.png", ".hidden/a.png", "cat/.a.png"])
      await put(file);
    await writeFile(join(root, "dog/notes.txt"), "no image");
    const data = await imageFolder(root);
    const ids = await Promise.all(Array.from({ length: data.length }, async (_, i) => (await data.at(i)).id));
    expect(ids).toEqual(["cat/z.PNG", "cat/deep/x.png", "dog/a.png", "dog/b.png"]);
    expect(data.classes).toEqual(["cat", "dog"]);
    expect([...(data.labels ?? [])]).toEqual([0, 0, 1, 1]);
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
    expect(String(refused)).toMatch(/tiny\.png: .*too small: 4×12 pixels/);
    const data = await imageFolder(root, { size: 8, onBad: "skip" });
    expect(data.length).toBe(1);
    expect(data.report.files).toBe(4);
    expect(data.report.bad.map(({ file }) => file)).toEqual(["empty.webp", "tiny.png", "torn.jpg"]);
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
    await expect(imageFolder(root)).rejects.toThrow(/1 of 2 directly in .*labels: "none"/);
    expect((await imageFolder(root, { labels: "none" })).length).toBe(2);
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
