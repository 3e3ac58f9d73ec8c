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

/** Of a dictionary that is learned from 16 images. */
export const encoderSettings: readonly string[] = [
  "encoder.clusters=4",
  "encoder.dim=4",
  "encoder.patchSize=3",
  "encoder.patches=100",
  "engine.threads=1",
];

/** Of a network that trains in a second. */
export const settings: readonly string[] = [
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
  "backbone.depth=1",
  "backbone.hiddenSize=16",
  "backbone.heads=2",
  "backbone.patchSize=4",
  "sampler.steps=1",
  ...encoderSettings,
];

/** Trains on them in a second, into `runs/tiny`. */
export const runArgs: readonly string[] = ["run", "cifar-nano", ...settings];

type GmemTrain = (args: readonly string[]) => Promise<void>;

/** A finished run in `runs/tiny`. */
export async function trained(folder: string, gmemTrain: GmemTrain): Promise<void> {
  await photos(folder);
  await gmemTrain(runArgs);
}

/** A finished run, to whose bank an image was added. */
export async function edited(folder: string, gmemTrain: GmemTrain): Promise<void> {
  await trained(folder, gmemTrain);
  await gmemTrain(["bank", "add", "runs/tiny", "photos/a/1.png"]);
}
