import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { hasLatents, latentsShard, writeLatentsShard } from "@gmem/datasets/latents";
import { getFolder, type JobKind, putFolder } from "@gmem/jobs";
import { checkConfig } from "../config/load.ts";
import type { RunConfig } from "../config/schema.ts";
import type { Tree } from "../config/tree.ts";
import { openAll } from "../parts/dataset.ts";
import { checkLatents, encodeLatents } from "../train/encode-latents.ts";
import { type LatentsOf, openLatentsWork } from "../train/latents-work.ts";
import { checkInput } from "./check-input.ts";

/** As `encodeLatents` takes it. */
export interface AskedLatents extends LatentsOf {
  readonly config: RunConfig;
  /** Where the latents go; encoders that are learned lie there. */
  readonly folder: string;
  /** Images of one file, which is a shard. */
  readonly shardRows: number;
}

interface Settings extends LatentsOf {
  readonly config: Tree;
  readonly encoders: string;
}

/** Latents and snippets of every image, a file of the folder a shard. */
export const latentsJob: JobKind<AskedLatents> = {
  name: "latents",
  place: ({ folder }) => folder,
  async plan({ config, folder, shardRows, ...of }, { store, ...work }) {
    await checkLatents(config, of);
    const opened = await openAll(config, work);
    await mkdir(folder, { recursive: true });
    const hasEncoders = hasLatents(folder);
    const { content, images, close } = await openLatentsWork(config, { opened, folder, ...of, hasEncoders, ...work });
    await close();
    const names = (await readdir(folder, { recursive: true })).filter((name) =>
      /(^|[/\\])encoder[^/\\]*\.safetensors$/.test(name),
    );
    const encoders = await putFolder(store, { folder, names });
    const settings: Settings = { config: JSON.parse(JSON.stringify(config)) as Tree, ...of, encoders };
    return { settings, inputs: { data: content, encoders }, count: images.length, shardSize: shardRows };
  },
  async open(job, { store, scratch, ...work }) {
    const { config: tree, encoders, ...of } = job.settings as Settings;
    const config = checkConfig(tree, "job");
    const folder = join(scratch, `latents-${encoders.slice(0, 16)}`);
    await mkdir(folder, { recursive: true });
    await getFolder(store, encoders, folder);
    const from = { opened: await openAll(config, work), folder, hasEncoders: true };
    const opened = await openLatentsWork(config, { ...from, ...of, ...work });
    try {
      checkInput({ what: "pictures", found: opened.content, wanted: job.inputs.data });
    } catch (error) {
      await opened.close();
      throw error;
    }
    return {
      async compute({ index }) {
        const path = join(folder, `${process.pid}-${latentsShard(index)}`); // processes of one machine share the folder
        await writeLatentsShard(opened.images, { ...opened.writing, path, shard: index, shardRows: job.shardSize });
        const bytes = new Uint8Array(await readFile(path));
        await rm(path);
        return { [latentsShard(index)]: bytes };
      },
      close: opened.close,
    };
  },
  async finish({ config, ...options }, work) {
    await encodeLatents(config, { ...options, ...work });
  },
};
