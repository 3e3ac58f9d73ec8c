import { basename, dirname } from "node:path";
import { loadConfig, runFiles, trainRun } from "@gmem/runs";

const small = [
  ...[
    "data=scenes",
    "image.size=24",
    "image.layout=free",
    "image.combinations=seen",
    "image.count=16",
    "image.heldOut=4",
  ],
  ...["conditioner.kind=t2s", "conditioner.loss=end-to-end", "textEncoder.kind=hashed-words", "textEncoder.dim=16"],
  ...["backbone.patchSize=6", "backbone.depth=1", "backbone.hiddenSize=16", "backbone.heads=2"],
  ...["sampler.solver=euler", "sampler.steps=2", "batch=4", "steps=2", "checkpointEvery=2", "sampleEvery=2"],
];

/** A run of scenes that takes text, hardly trained. */
export async function textRun(folder: string, settings: readonly string[] = []): Promise<void> {
  const without = settings.some((one) => one.startsWith("conditioner.kind"));
  const own = small.filter((one) => !(without && /^(conditioner|textEncoder)/.test(one)));
  const places = [`name=${basename(folder)}`, `runs=${dirname(folder)}`];
  const config = await loadConfig("scenes-tiny", [...own, ...settings, ...places]);
  await trainRun(config, { files: runFiles(folder), resume: false });
}
