import { existsSync } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { getFolder, type JobKind, putFolder } from "@gmem/jobs";
import { bankShard, writeBankShard } from "@gmem/memory-bank";
import { checkConfig } from "../config/load.ts";
import type { RunConfig } from "../config/schema.ts";
import type { Tree } from "../config/tree.ts";
import { bankFilesIn } from "../folder/run-files.ts";
import { openAll } from "../parts/dataset.ts";
import { openBankWork } from "../train/bank-work.ts";
import { buildBank } from "../train/build-bank.ts";
import { bankBatch, bankOrigin, bankShardRows } from "../train/snippets.ts";
import { checkInput } from "./check-input.ts";

/** As `buildBank` takes it. */
export interface AskedBank {
  readonly config: RunConfig;
  /** The bank folder to write; an encoder that is learned lies there. */
  readonly folder: string;
  /** Images of a shard; default 2048. */
  readonly shardRows?: number;
}

interface Settings {
  readonly config: Tree;
  readonly encoder: string;
  readonly origin: string;
}

/** A bank of every image: rows and their moments shard by shard, which are merged in the order of the images. */
export const bankJob: JobKind<AskedBank> = {
  name: "bank",
  place: ({ folder }) => folder,
  async plan({ config, folder, shardRows = bankShardRows }, { store, ...work }) {
    const { images } = await openAll(config, work);
    await mkdir(folder, { recursive: true });
    const files = bankFilesIn(folder);
    const from = { images, encoder: files.encoder, isGiven: existsSync(files.bank) }; // of a bank that is there it is kept
    const { content, madeFrom, encoder, close } = await openBankWork(config, { ...from, ...work });
    const { id } = encoder;
    await close();
    const names = existsSync(files.encoder) ? [basename(files.encoder)] : [];
    const learned = await putFolder(store, { folder, names });
    const origin = bankOrigin({ madeFrom, encoderId: id, rank: config.bank.rank });
    const settings: Settings = { config: JSON.parse(JSON.stringify(config)) as Tree, encoder: learned, origin };
    return { settings, inputs: { data: content, encoder: id }, count: images.length, shardSize: shardRows };
  },
  async open(job, { store, scratch, ...work }) {
    const { config: tree, encoder: learned, origin } = job.settings as Settings;
    const config = checkConfig(tree, "job");
    const folder = join(scratch, `bank-${learned.slice(0, 16)}`);
    await mkdir(folder, { recursive: true });
    await getFolder(store, learned, folder);
    const { images } = await openAll(config, work);
    const from = { images, encoder: bankFilesIn(folder).encoder, isGiven: true };
    const opened = await openBankWork(config, { ...from, ...work });
    try {
      checkInput({ what: "pictures", found: opened.content, wanted: job.inputs.data });
      checkInput({ what: "encoder", found: opened.encoder.id, wanted: job.inputs.encoder });
    } catch (error) {
      await opened.close();
      throw error;
    }
    const { encoder, engine, close } = opened;
    return {
      async compute({ start, end }) {
        const path = join(folder, `${process.pid}-${bankShard(start, end)}`); // processes of one machine share the folder
        await writeBankShard(images, { path, start, end, encoder, engine, origin, batchSize: bankBatch });
        const bytes = new Uint8Array(await readFile(path));
        await rm(path);
        return { [`bank.safetensors.shards/${bankShard(start, end)}`]: bytes };
      },
      close,
    };
  },
  async finish({ config, folder, shardRows }, work) {
    await buildBank(config, { folder, shardRows, ...work });
  },
};
