import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Bank, build, saveBank } from "@gmem/memory-bank";
import { key } from "@gmem/tensor";
import { writeSafetensors } from "@gmem/weights";
import { checkConfig } from "../../config/load.ts";
import { merge, type Tree } from "../../config/overrides.ts";
import type { RunConfig } from "../../config/schema.ts";
import { latentShape } from "../../run/make-tokenizer.ts";
import { modelMetadata } from "../../run/model-metadata.ts";
import { makeConditioner, makeModel } from "../../run/model-parts.ts";
import { runFiles, writeConfig } from "../../run/run-files.ts";
import { versions } from "../../run/versions.ts";

export const classes = ["circle", "square", "star"];

/** 20 labelled snippets of width 10; class 2 has two. */
export const labelledBank = (): Bank =>
  build(key(1).normal([20, 10]), {
    ...{ encoderId: "test", labels: Int32Array.from({ length: 20 }, (_, i) => (i < 2 ? 2 : i % 2)) },
  });

/** A run folder whose network is as drawn, and not zero. */
export async function untrainedRun(folder: string, patch: Tree): Promise<RunConfig> {
  const base: Tree = {
    ...{ name: "untrained", runs: dirname(folder), data: "none", steps: 1, batch: 1, image: { size: 8 } },
    backbone: { kind: "sit", patchSize: 2, depth: 2, hiddenSize: 16, heads: 2, adaLNInit: "xavier" },
    sampler: { solver: "heun", steps: 4 },
  };
  const config = checkConfig(merge(base, patch), folder);
  const bank = labelledBank();
  const conditioner = await makeConditioner(config, { bank, classes: classes.length });
  const model = makeModel(config, { latent: latentShape(config), conditioner });
  const files = runFiles(folder);
  await writeConfig(files, { config, versions: versions(), classes });
  await writeSafetensors(files.model, model.init(key(2)), { metadata: modelMetadata(config) });
  if (config.conditioner.kind !== "memory-bank") return config;
  await mkdir(join(folder, "bank"), { recursive: true });
  await saveBank(bank, files.bank);
  return config;
}
