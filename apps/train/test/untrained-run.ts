import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Bank, build, saveBank } from "@gmem/memory-bank";
import {
  checkConfig,
  merge,
  modelMetadata,
  openModel,
  type RunConfig,
  runFiles,
  type Tree,
  textWidth,
  versions,
  writeRunConfig,
} from "@gmem/runs";
import { key } from "@gmem/tensor";
import { writeSafetensors } from "@gmem/weights";

export const classes = ["circle", "square", "star"];

/** 20 labelled snippets of width 10; class 2 has two. */
export const labelledBank = (): Bank =>
  build(key(1).normal([20, 10]), {
    encoderId: "test",
    labels: Int32Array.from({ length: 20 }, (_, i) => (i < 2 ? 2 : i % 2)),
  });

/** A run folder whose network is as drawn, and not zero. */
export async function untrainedRun(folder: string, patch: Tree): Promise<RunConfig> {
  const base: Tree = {
    name: "untrained",
    runs: dirname(folder),
    data: "none",
    steps: 1,
    batch: 1,
    image: { size: 8 },
    backbone: { kind: "sit", patchSize: 2, depth: 2, hiddenSize: 16, heads: 2, adaLNInit: "xavier" },
    sampler: { solver: "heun", steps: 4 },
  };
  const config = checkConfig(merge(base, patch), folder);
  const bank = labelledBank();
  const textDim = config.textEncoder ? await textWidth(config.textEncoder) : undefined;
  const model = await openModel(config, { bank, classes: classes.length, textDim, snippetDim: bank.dim });
  const files = runFiles(folder);
  await writeRunConfig(files, { config, versions: versions(), classes });
  await writeSafetensors(files.model, model.init(key(2)), { metadata: modelMetadata(config, model) });
  if (config.conditioner.kind !== "memory-bank") return config;
  await mkdir(join(folder, "bank"), { recursive: true });
  await saveBank(bank, files.bank);
  return config;
}
