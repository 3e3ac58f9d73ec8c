import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadImages } from "@gmem/datasets";
import { fdRandomVgg, imageStatistics } from "@gmem/metrics";
import {
  checkConfig,
  loadConfig,
  openEngine,
  openModel,
  openSource,
  prepareRun,
  runFiles,
  runSamplers,
} from "@gmem/runs";
import type { VelocityModel } from "@gmem/spec";
import { type DeviceState, GMemError } from "@gmem/tensor";

export type Kind = "memory-bank" | "class-table" | "unconditional";

/** What the studies share: photographs in the preset cifar-nano, 500 of them held out, with an encoder learned from the rest. */
export async function photographs(data: string, settings: readonly string[] = []) {
  const config = await loadConfig("cifar-nano", [`data=${data}`, "image.heldOut=500", ...settings]);
  const engine = await openEngine(config.engine);
  const folder = await mkdtemp(join(tmpdir(), "gmem-study-"));
  const source = await openSource(config);
  if (source.kind !== "images")
    throw new GMemError("DATA", `study: needs a folder of photographs, got latents in ${data}`);
  const prepared = await prepareRun(config, { engine, source, files: runFiles(folder) });
  const { memory, classes, tokenizer } = prepared;
  if (!memory) throw new GMemError("CONFIG", "study: needs a memory bank, got none; leave conditioner.kind as it is");
  const photos = source.data.train;
  let reference: ReturnType<typeof imageStatistics> | undefined;
  const everyone = Int32Array.from({ length: photos.length }, (_, i) => i);
  return {
    ...prepared,
    bank: memory.bank,
    /** The same network with another source of the conditioning. */
    modelOf: (kind: Kind): Promise<VelocityModel> =>
      openModel(checkConfig({ ...config, conditioner: { kind } }, kind), {
        bank: memory.bank,
        classes: classes.length,
      }),
    /** FD-random-vgg of so many samples to the photographs that are trained on. */
    async distance(model: VelocityModel, state: DeviceState, count: number): Promise<number> {
      reference ??= imageStatistics(await loadImages(photos, everyone), { engine });
      const samplers = runSamplers({ config, engine, model, state, tokenizer: async () => tokenizer });
      const sampler = await samplers.sampler(config.sampler, { batchSize: 100 });
      const request = model.conditioner.parse(undefined);
      const { images } = await sampler.draw({ request, count, seed: 0 });
      await samplers.close();
      return (await fdRandomVgg(await reference, images, { engine })).value;
    },
    async close(): Promise<void> {
      await prepared.close();
      await engine.dispose();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export type Photographs = Awaited<ReturnType<typeof photographs>>;
