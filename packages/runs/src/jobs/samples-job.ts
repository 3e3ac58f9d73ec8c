import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import type { JobKind } from "@gmem/jobs";
import { GMemError } from "@gmem/tensor";
import type { RunConfig } from "../config/schema.ts";
import { runFiles } from "../folder/run-files.ts";
import { drawnPictures } from "../open/drawn-pictures.ts";
import { openEngine } from "../parts/engine.ts";
import { openPutRun, putRun } from "./run-in-store.ts";

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

/** Pictures of a run, each by its number alone, as PNG files in the run's folder of samples. */
export const samplesJob: JobKind<AskedSamples> = {
  name: "samples",
  place: ({ run }) => join(runFiles(run).samples, "evaluation"),
  async plan({ run, count, seed, texts, shardSize, engine }, { store }) {
    if (shardSize % 16 !== 0)
      throw new GMemError("CONFIG", `samples: a shard is of 16 pictures or a multiple of it, got ${shardSize}`);
    const hash = await putRun(run, { store });
    const settings: Settings = { run: hash, count, seed, engine, ...(texts && { texts }) };
    return { settings, inputs: { run: hash }, count, shardSize };
  },
  async open(job, { store, scratch, ...work }) {
    const { run: hash, count, seed, texts, engine: settings } = job.settings as Settings;
    const engine = await openEngine(settings);
    const run = await openPutRun(hash, { store, scratch, engine, ...work }).catch(async (error: unknown) => {
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
