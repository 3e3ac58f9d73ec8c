import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { getFolder, type JobKind, putFolder } from "@gmem/jobs";
import { GMemError } from "@gmem/tensor";
import type { RunConfig } from "../config/schema.ts";
import { readRunConfig } from "../folder/run-config.ts";
import { runFiles } from "../folder/run-files.ts";
import { drawnPictures } from "../open/drawn-pictures.ts";
import { openRun } from "../open/open-run.ts";
import { openEngine } from "../parts/engine.ts";

/** As `drawnPictures` takes it. */
export interface AskedSamples {
  /** The run folder. */
  readonly run: string;
  readonly count: number;
  readonly seed: number;
  readonly texts?: readonly string[] | undefined;
  /** Pictures of a shard; of 16, which are drawn at once. */
  readonly shardSize: number;
  readonly engine: RunConfig["engine"];
}

interface Settings extends Pick<AskedSamples, "count" | "seed" | "texts" | "engine"> {
  readonly run: string;
}

/** What drawing from a run needs of its folder: not its checkpoints, nor what came of it. */
const needed = /^(config\.json|[^/]+\.safetensors|bank\/[^/]+\.(safetensors|jsonl)|texts\/.+|null\/.+)$/;

/** Pictures of a run, each by its number alone, as PNG files in the run's folder of samples. */
export const samplesJob: JobKind<AskedSamples> = {
  name: "samples",
  place: ({ run }) => join(runFiles(run).samples, "evaluation"),
  async plan({ run, count, seed, texts, shardSize, engine }, { store }) {
    if (shardSize % 16 !== 0)
      throw new GMemError("CONFIG", `samples: a shard is of 16 pictures or a multiple of it, got ${shardSize}`);
    readRunConfig(runFiles(run)); // says what is wrong with the folder, before any of it is sent
    const entries = await readdir(run, { recursive: true, withFileTypes: true });
    const paths = entries
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name).slice(join(run, "/").length).replaceAll("\\", "/"));
    const hash = await putFolder(store, { folder: run, names: paths.filter((path) => needed.test(path)).sort() });
    const settings: Settings = { run: hash, count, seed, engine, ...(texts && { texts }) };
    return { settings, inputs: { run: hash }, count, shardSize };
  },
  async open(job, { store, scratch, ...work }) {
    const { run: hash, count, seed, texts, engine: settings } = job.settings as Settings;
    const folder = join(scratch, `run-${hash.slice(0, 16)}`);
    await getFolder(store, hash, folder);
    const engine = await openEngine(settings);
    const run = await openRun(folder, { engine, ...work }).catch(async (error: unknown) => {
      await engine.dispose();
      throw error;
    });
    return {
      async compute({ start, end }) {
        await mkdir(scratch, { recursive: true });
        const draft = await mkdtemp(join(scratch, "samples-"));
        try {
          const pictures = await drawnPictures(run, { count, seed, texts, folder: draft, signal: work.signal });
          for (let i = start; i < end; i++) await pictures.at(i);
          const kept = pictures.folder as string;
          const names = Array.from({ length: end - start }, (_, i) => `${String(start + i).padStart(6, "0")}.png`);
          return Object.fromEntries(
            await Promise.all(
              names.map(
                async (name) =>
                  [`${basename(kept)}/${name}`, new Uint8Array(await readFile(join(kept, name)))] as const,
              ),
            ),
          );
        } finally {
          await rm(draft, { recursive: true, force: true });
        }
      },
      async close() {
        await run.close();
        await engine.dispose();
      },
    };
  },
  async finish(asked) {
    if (!existsSync(samplesJob.place(asked)))
      throw new GMemError("DATA", `${asked.run}: must have its samples, got none`);
  },
};
