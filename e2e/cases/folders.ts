import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { imageFolder } from "@gmem/datasets/folder";
import type { Case } from "./case.ts";
import { demand, done, saying } from "./expect.ts";
import { small } from "./given.ts";
import { noisePicture } from "./pictures.ts";

/** torchvision 0.28's ImageFolder on the folder `ord`, by its own walk: path and label of each row. */
const order: readonly (readonly [string, number])[] = [
  ["Zebra/q.png", 0],
  ["cat/z.png", 1],
  ["cat/deep/x.png", 1],
  ["cat 3/b.png", 2],
  ["cat-2/a.png", 3],
  ["dog/10.png", 4],
  ["dog/9.png", 4],
  ["dog/B.png", 4],
  ["dog/a.png", 4],
  ["éa/r.png", 5],
];

/** 12 pictures of 24 × 20, 60 of 40 × 15 and 5 TIFF files of 24 × 20, as the folder's script makes them. */
async function pictures(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, count, height, width] of [
    ["big", 12, 20, 24],
    ["small", 60, 15, 40],
    ["tiff", 5, 20, 24],
  ] as const)
    for (let i = 0; i < count; i++)
      await noisePicture(join(folder, `${name}${i}.${name === "tiff" ? "tiff" : "png"}`), i, [width, height]);
}

export const folders: readonly Case[] = [
  {
    row: "08-left-out-images",
    async check({ cli, scratch }) {
      await pictures(join(scratch, "folder"));
      const settings = [
        ...small,
        "data=folder",
        "image.size=16",
        "image.heldOut=4",
        "batch=4",
        "steps=2",
        "name=a",
        "encoder.dim=8",
      ];
      const run = ["cifar-nano", ...settings.filter((setting) => !setting.startsWith("image.count"))];
      const text = done(cli("run", ...run));
      const line = text.split("\n").find((printed) => printed.includes("left out")) ?? "";
      saying(text, /17 (from|images)|images +17/, /60 left out/, /small\d+\.png/, /40 ?[×x] ?15/);
      saying(done(cli("run", ...run.map((s) => (s === "name=a" ? "name=b" : s)), "--dry-run")), /60 left out/);
      saying(done(cli("latents", ...run, "--out", "latents")), /60 left out/);
      return line.trim();
    },
  },
  {
    row: "09-folder-order",
    async check({ file }) {
      const folder = await imageFolder(file("ord"));
      const got = await Promise.all(
        Array.from({ length: folder.length }, async (_, i) => {
          const { id, label } = await folder.at(i);
          return [id, label] as const;
        }),
      );
      demand(JSON.stringify(got) === JSON.stringify(order), JSON.stringify(order), got);
      return got.map(([id]) => id).join(", ");
    },
  },
];
