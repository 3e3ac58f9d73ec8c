import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { openBank } from "@gmem/memory-bank";
import {
  buildBank,
  checkConfig,
  modelMetadata,
  openModel,
  runFiles,
  type Tree,
  versions,
  writeRunConfig,
} from "@gmem/runs";
import { key, mapNamed, type NDArray } from "@gmem/tensor";
import { drawnParameters } from "@gmem/testing";
import { writeSafetensors } from "@gmem/weights";

/** A run folder of 24 scenes of 8 pixels with their bank and encoder, whose network is random: nothing was trained. */
export async function tinyRun(patch: Tree = {}): Promise<string> {
  const folder = join(await mkdtemp(join(tmpdir(), "gmem-serve-")), "tiny");
  const config = checkConfig(
    {
      name: "tiny",
      runs: dirname(folder),
      data: "scenes",
      steps: 1,
      batch: 1,
      image: { size: 8, count: 24 },
      encoder: { kind: "patch-kmeans", clusters: 8, patchSize: 3, patches: 400, dim: 8 },
      backbone: { kind: "sit", patchSize: 2, depth: 1, hiddenSize: 16, heads: 2, adaLNInit: "xavier" },
      sampler: { solver: "euler", steps: 4 },
      engine: { kind: "onnx", threads: 1 },
      ...patch,
    },
    folder,
  );
  const files = runFiles(folder);
  await writeRunConfig(files, { config, versions: versions(), classes: ["circle", "square", "triangle", "star"] });
  await buildBank(config, { folder: dirname(files.bank) });
  const bank = await openBank(files.bank);
  const model = await openModel(config, { bank, classes: 4, snippetDim: bank.dim });
  const first = model.init(key(2));
  const random = drawnParameters(first);
  const drawn = mapNamed(first, (value, name) => (model.frozen.includes(name) ? value : (random[name] as NDArray)));
  await writeSafetensors(files.model, drawn, { metadata: modelMetadata(config, model) });
  await bank.close();
  return folder;
}
