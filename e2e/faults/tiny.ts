import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { encodePng } from "@gmem/datasets/png";
import { key } from "@gmem/tensor";

/** 16 images of 8 × 8 pixels in two classes, in `photos`. */
export async function photos(folder: string): Promise<void> {
  for (const label of ["a", "b"]) {
    await mkdir(join(folder, "photos", label), { recursive: true });
    for (let i = 0; i < 8; i++) {
      const image = key(1).split(label).split(i).uniform([3, 8, 8]);
      await writeFile(join(folder, "photos", label, `${i}.png`), await encodePng(image));
    }
  }
}

const settings = [
  "name=tiny",
  "data=photos",
  "image.size=8",
  "image.heldOut=2",
  "steps=2",
  "batch=4",
  "keep=1",
  "checkpointEvery=1",
  "sampleEvery=1",
  "bank.rank=2",
  "encoder.clusters=4",
  "encoder.dim=4",
  "encoder.patchSize=3",
  "encoder.patches=100",
  "backbone.depth=1",
  "backbone.hiddenSize=16",
  "backbone.heads=2",
  "backbone.patchSize=4",
  "sampler.steps=1",
  "engine.threads=1",
];

/** Trains on them in a second, into `runs/tiny`. */
export const runArgs: readonly string[] = ["run", "cifar-nano", ...settings];
