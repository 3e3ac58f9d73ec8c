import { join } from "node:path";
import { root, run } from "../repository.ts";

/** A network that takes a millisecond a step, trained for one step. */
const tiny = [
  "name=tiny",
  "steps=1",
  "batch=4",
  "image.count=64",
  "image.heldOut=8",
  "image.size=8",
  "encoder.clusters=8",
  "encoder.dim=8",
  "encoder.patches=2000",
  "encoder.patchSize=3",
  "backbone.patchSize=2",
  "backbone.depth=1",
  "backbone.hiddenSize=16",
  "backbone.heads=2",
  "backbone.adaLNInit=xavier",
  "engine.threads=1",
];

/** The run folder `runs/tiny` of it below a folder, made by the commands. */
export function tinyServed(folder: string): string {
  run(process.execPath, [join(root, "apps/train/dist/cli.js"), "run", "scenes-tiny", ...tiny], folder);
  return join(folder, "runs/tiny");
}
