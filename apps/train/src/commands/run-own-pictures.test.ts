import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openBank } from "@gmem/memory-bank";
import { addImages, bankFiles, openMemory } from "@gmem/runs";
import sharp, { type Sharp } from "sharp";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { main } from "../program.ts";

const home = mkdtempSync(join(tmpdir(), "gmem-own-"));
const before = process.cwd();
const heard = { stdout: "", stderr: "" };

/** A picture whose quarters differ, each of its own colour. */
function picture(seed: number): Sharp {
  const data = Uint8Array.from({ length: 3 * 40 * 24 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % 40 < 20, Math.floor(i / 120) < 12];
    return (70 * (i % 3) + (x ? 90 : 0) + (y ? 150 : 20) + 37 * seed) % 256;
  });
  return sharp(data, { raw: { width: 40, height: 24, channels: 3 } });
}

/** Runs a command; what it said is in `heard`. */
const gmem = (...args: string[]): Promise<number> => main(args);

const settings = [
  "image.size=16",
  "encoder.clusters=16",
  "encoder.patches=800",
  "backbone.depth=1",
  "backbone.hiddenSize=32",
  "backbone.heads=2",
  "sampler.steps=2",
  "steps=3",
];

beforeAll(async () => {
  process.chdir(home);
  mkdirSync("photos/below", { recursive: true });
  const upright = picture(0);
  await upright.clone().png().toFile("photos/upright.png");
  await upright.clone().rotate(270).withMetadata({ orientation: 6 }).png().toFile("turned.png"); // as a phone stores it
  await picture(1).jpeg().toFile("photos/below/one.jpg");
  await picture(2).gif().toFile("photos/below/two.gif");
  await picture(3).webp().toFile("photos/below/three.webp");
  await picture(4).avif({ effort: 0 }).toFile("photos/below/four.avif");
  await picture(5).tiff().toFile("photos/below/five.tiff");
  for (let i = 0; i < 12; i++) await picture(i).resize(40, 15, { fit: "fill" }).png().toFile(`photos/small${i}.png`);
  writeFileSync("photos/IMG_1.HEIC", "x");
});
beforeEach(() => {
  Object.assign(heard, { stdout: "", stderr: "" });
  for (const name of ["stdout", "stderr"] as const)
    vi.spyOn(process[name], "write").mockImplementation((text) => {
      heard[name] += String(text);
      return true;
    });
});
afterAll(() => process.chdir(before));

describe("six pictures of one's own", () => {
  it("train with the preset as it is; what is left out is counted, and named in terminal and report", async () => {
    expect(await gmem("run", "cifar-nano", "data=photos", "name=mine", ...settings), heard.stderr).toBe(0);
    expect(heard.stderr).toContain("images 6 from photos, 13 left out: 12 too small, 1 HEIC\n");
    expect(heard.stderr).toContain("small0.png (too small: 40×15 pixels, needs 16 on the shorter side)\n");
    expect(heard.stderr).toContain("and 3 more\n");
    expect(heard.stderr).toContain("1 of 6 images, fewer than the usual 256");
    expect(heard.stderr).toContain("batch 32 in each step of 5 images: a step goes through them more than once");
    expect(heard.stderr).toContain("learned from 5 images · 4 wide, as 256 need as many images");
    const report = readFileSync("runs/mine/report.html", "utf8");
    for (let i = 0; i < 12; i++) expect(report).toContain(`small${i}.png`);
    expect(report).toContain("IMG_1.HEIC");
  });

  it("are counted by a dry run and by latents, every file that is left out named", async () => {
    expect(await gmem("run", "cifar-nano", "data=photos", "name=dry", ...settings, "--dry-run")).toBe(0);
    expect(heard.stdout).toContain("5 to train on, 1 held out, 13 left out: 12 too small, 1 HEIC\n");
    for (const name of ["small11.png (too small", "IMG_1.HEIC (HEIC"]) expect(heard.stdout).toContain(name);
    heard.stdout = "";
    expect(await gmem("latents", "cifar-nano", "data=photos", "name=l", ...settings, "--out", "latents")).toBe(0);
    for (const name of ["13 left out", "small11.png (too small", "IMG_1.HEIC (HEIC"])
      expect(heard.stdout).toContain(name);
    const { key, leftOut } = JSON.parse(readFileSync("latents/latents.json", "utf8"));
    expect(leftOut).toHaveLength(13);
    expect(key).toMatchObject({ data: "photos", image: { decode: "seen", background: "#ffffff" } });
    expect(key.contentId).toMatch(/^\w+/);
    heard.stderr = "";
    const other = ["data=latents", "name=o", "conditioner.kind=unconditional", "image.decode=pillow"];
    expect(await gmem("run", "cifar-nano", ...settings, ...other)).toBe(1);
    expect(heard.stderr).toMatch(/must be of the run's image\.decode, "pillow", got "seen"/);
  });

  it("are added to a bank by their folder, what training leaves out is left out by the same rule", async () => {
    expect(await gmem("bank", "add", "runs/mine", "photos", "--json"), heard.stderr).toBe(0);
    const { rows, size, leftOut } = JSON.parse(heard.stdout);
    expect([rows, size, leftOut.length]).toEqual([[5, 6, 7, 8, 9, 10], 11, 13]);
    expect(heard.stderr).toContain("images 6 from photos, 13 left out: 12 too small, 1 HEIC\n");
    expect(await gmem("bank", "add", "runs/mine", "turned.png", "photos/small0.png")).toBe(1);
    expect(heard.stderr).toMatch(/got 1 of 2 that are not; .*\n +photos\/small0\.png \(too small/);
    expect(await gmem("bank", "undo", "runs/mine")).toBe(0);
    expect(heard.stdout).toMatch(/5 rows, 0 edits left\n$/);
  });

  it("give the snippets of what a person sees, in training and by `bank add`, and the bank says so", async () => {
    const { bank: file } = bankFiles("runs/mine");
    const bank = await openBank(file);
    expect(bank.preprocessing).toMatch(/^folder:photos \(16 pixels, as seen on #ffffff\)/);
    await bank.close();
    await addImages("runs/mine", ["photos/upright.png", "turned.png"]);
    const { bank: edited } = await openMemory(bankFiles("runs/mine"));
    const { data, shape } = await edited.at(Int32Array.of(5, 6));
    expect(shape).toEqual([2, 4]);
    expect(data.subarray(4)).toEqual(data.subarray(0, 4));
    await edited.close();
  });
});
