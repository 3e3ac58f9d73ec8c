import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { decodeImage, imageFolder } from "@gmem/datasets/folder";
import type { Case } from "./case.ts";
import { demand, done, saying } from "./expect.ts";
import { quarters } from "./pictures.ts";

/** Every picture shows four colours; those with transparency are clear on the left, one all over. */
const [plain, left, clear] = (() => {
  const white = [255, 255, 255];
  const four = [
    [120, 115, 25],
    [25, 115, 120],
    [220, 30, 30],
    [30, 30, 220],
  ];
  return [four, four.map((colour, i) => (i % 2 === 0 ? white : colour)), four.map(() => white)];
})();

const seen: Readonly<Record<string, readonly (readonly number[])[]>> = {
  "exif3.jpg": plain,
  "exif6.jpg": plain,
  "alpha.png": left,
  "alpha.webp": left,
  "greyalpha.png": clear,
  "palettealpha.png": left,
  "p3.jpg": plain,
  "still.gif": plain,
  "anim.gif": plain,
  "photo.avif": plain,
  "photo.tiff": plain,
};

const names = Object.keys(seen);

/** The picture that a person sees, by the colours of its quarters; profiles cost up to six levels. */
const shown = (row: string, input: string): Case => ({
  row,
  input,
  async check({ file, scratch }) {
    await mkdir(join(scratch, "one"));
    await copyFile(file("messy", input), join(scratch, "one", input));
    const wanted = seen[input] ?? [];
    const folder = await imageFolder(join(scratch, "one"));
    const { image } = await folder.at(0);
    const [, height = 0, width = 0] = image.shape;
    const data = Uint8Array.from({ length: 3 * height * width }, (_, i) =>
      Math.round(255 * Number(image.data[(i % 3) * height * width + Math.floor(i / 3)])),
    );
    for (const got of [quarters({ width, height, data }), quarters(await decodeImage(file("messy", input)))]) {
      const off = got.flatMap((colour, q) =>
        colour.map((level, i) => Math.abs(level - (wanted[q]?.[i] ?? Number.NaN))),
      );
      demand(Math.max(...off) <= 6, JSON.stringify(wanted), JSON.stringify(got));
    }
    demand(`${width} × ${height}` === "64 × 48", "64 × 48", `${width} × ${height}`);
    return `64 × 48, quarters as seen`;
  },
});

const trainedOn = ["run", "cifar-nano", "image.size=16", "image.heldOut=4", "batch=4", "steps=2", "name=m"];
const tiny = [
  "backbone.depth=1",
  "backbone.hiddenSize=32",
  "backbone.heads=2",
  "encoder.clusters=8",
  "encoder.dim=8",
  "encoder.patches=200",
];

/** A folder of everything that people keep. */
export const messy: readonly Case[] = [
  {
    row: "messy/",
    async check({ cli, file }) {
      const text = done(cli(...trainedOn, `data=${file("messy")}`, ...tiny));
      const line = text.split("\n").find((printed) => printed.includes("left out")) ?? "";
      saying(text, /left out/);
      return line.trim();
    },
  },
  ...names.slice(0, 7).map((input) => shown("messy/exif3.jpg", input)),
  ...names.slice(7).map((input) => shown("messy/still.gif", input)),
  {
    row: "messy/still.gif",
    input: "what is not read",
    async check({ cli, file }) {
      const text = done(cli(...trainedOn, `data=${file("messy")}`, ...tiny, "--dry-run"));
      saying(text, "raw.CR2", "movie.mp4");
      return text
        .split("\n")
        .filter((line) => /raw\.CR2|movie\.mp4/.test(line))
        .join("; ")
        .trim();
    },
  },
  {
    row: "messy/truncated.jpg",
    async check({ file }) {
      const folder = await imageFolder(file("messy"), { size: 16, onBad: "skip", labels: "none" });
      const reasons = new Map(folder.report.leftOut.map(({ file: name, reason }) => [name, reason]));
      const wanted: Readonly<Record<string, RegExp>> = {
        "truncated.jpg": /truncated|end|premature/i,
        "truncated.png": /truncated|end|read|incomplete/i,
        "truncated2.jpg": /truncated|end|premature/i,
        "text.jpg": /no picture/,
        "zero.jpg": /empty|zero|0 bytes/i,
        "one.png": /1 ?[×x] ?1/,
        "tiny8.png": /8 ?[×x] ?8/,
      };
      for (const [name, reason] of Object.entries(wanted))
        demand(reason.test(reasons.get(name) ?? ""), `${name} left out for ${reason}`, reasons.get(name) ?? "kept");
      return Object.keys(wanted)
        .map((name) => `${name}: ${reasons.get(name)}`)
        .join("; ");
    },
  },
];
