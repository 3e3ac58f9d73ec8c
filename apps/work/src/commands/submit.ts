import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { followJob, inProcessQueue, type JobDescription, type JobKind, shardResults, submitJob } from "@gmem/jobs";
import { featureParts, pictureSource } from "@gmem/metrics/folders";
import {
  checkReading,
  loadConfig,
  merge,
  openEngine,
  openFeatures,
  presetTrees,
  type ReadingWords,
  readRunConfig,
  runFiles,
} from "@gmem/runs";
import { bankJob, featuresJob, latentsJob, samplesJob } from "@gmem/runs/jobs";
import type { FeatureExtractor } from "@gmem/spec";
import { counted, GMemError } from "@gmem/tensor";
import {
  cacheFolder,
  hubSettings,
  progress,
  progressLines,
  say,
  stopOnInterrupt,
  withFetchedWeights,
} from "@gmem/terminal";
import { writeFileAtomic } from "@gmem/weights";
import { codeVersion } from "../code-version.ts";
import { queueAt, storeAt } from "../places.ts";
import { workOn } from "../work-on.ts";

export interface SubmitFlags {
  readonly workers?: number;
  readonly queue?: string;
  readonly store: string;
  readonly scratch?: string;
  readonly detach?: boolean;
  readonly json?: boolean;
}

interface LatentsFlags extends SubmitFlags {
  readonly out: string;
  readonly snippets?: boolean;
  readonly targets?: boolean;
  readonly half?: boolean;
  readonly shardRows: number;
}

/** Work is done one thread a process unless somebody says otherwise: its bits do not depend on the machine's cores. */
const oneThread = "engine.threads=1";

/** `gmem-work submit latents`. */
export async function submitLatents(source: string, settings: readonly string[], flags: LatentsFlags): Promise<void> {
  const { out: folder, snippets, targets, half, shardRows } = flags;
  const config = await loadConfig(source, [oneThread, ...settings]);
  await submit(latentsJob, { config, folder, snippets, targets, half, shardRows }, flags);
}

interface BankFlags extends SubmitFlags {
  readonly out: string;
  readonly size: number;
  readonly rank?: number;
  readonly seed: number;
  readonly shardRows: number;
}

/** `gmem-work submit bank`. */
export async function submitBank(images: string, settings: readonly string[], flags: BankFlags): Promise<void> {
  const { out: folder, size, rank = null, seed, shardRows } = flags;
  const own = { name: "bank", data: images, seed, image: { size }, bank: { rank } };
  const tree = merge(presetTrees()["cifar-nano"] ?? {}, own);
  const config = await loadConfig("bank", [oneThread, ...settings], { bank: tree });
  await submit(bankJob, { config, folder, shardRows }, flags);
}

interface SamplesFlags extends SubmitFlags {
  readonly count: number;
  readonly seed: number;
  readonly shardRows: number;
}

/** `gmem-work submit samples`. */
export async function submitSamples(run: string, flags: SamplesFlags): Promise<void> {
  const { count, seed, shardRows: shardSize } = flags;
  const { config } = readRunConfig(runFiles(run));
  const engine = { ...config.engine, threads: 1 };
  await submit(samplesJob, { run, count, seed, shardSize, engine }, flags);
}

interface FeaturesFlags extends SubmitFlags, ReadingWords {
  readonly features?: readonly string[];
  readonly cache?: string;
}

/** `gmem-work submit features`. */
export async function submitFeatures(path: string, flags: FeaturesFlags): Promise<void> {
  const { cache = cacheFolder("features") } = flags;
  const how = checkReading(flags);
  const features = (flags.features ?? ["random-vgg"]).map((word) => withFetchedWeights(word));
  const work = { hub: hubSettings(), onProgress: progressLines() };
  const settings = { kind: "onnx", device: "cpu", threads: 1 } as const;
  const source = await pictureSource(path, how);
  const engine = await openEngine(settings);
  const extractors: FeatureExtractor[] = [];
  try {
    for (const word of features) extractors.push(await openFeatures(word, { engine, protocol: how.protocol, ...work }));
    const parts = await featureParts(source, { ...how, ...work });
    await submit(featuresJob, { path, features, ...how, engine: settings, parts, extractors, cache }, flags);
  } finally {
    for (const extractor of extractors) await extractor.dispose?.();
    await engine.dispose();
  }
}

/** Plans, submits, waits, and ends the work with the command of one machine. */
async function submit<Asked>(kind: JobKind<Asked>, asked: Asked, flags: SubmitFlags): Promise<void> {
  const { queue: url, store: place, scratch = cacheFolder("work"), detach, json } = flags;
  const workers = flags.workers ?? 0;
  if (url === undefined && workers < 1)
    throw new GMemError(
      "CONFIG",
      "submit: needs --workers N for this machine, or --queue redis://… for others, got neither",
    );
  if (detach && url === undefined) throw new GMemError("CONFIG", "submit: --detach is for --queue, got none");
  const signal = stopOnInterrupt("the same command goes on from here; again to stop at once");
  const code = codeVersion();
  const store = await storeAt(place);
  const context = { store, scratch, signal, hub: hubSettings(), onProgress: progressLines() };
  const queue = url === undefined ? inProcessQueue() : await queueAt(url, code);
  try {
    const job: JobDescription = { kind: kind.name, ...(await kind.plan(asked, context)), code };
    const { key, shards, done } = await submitJob(job, { store, queue });
    if (detach) return say(json, { job: key, shards, done }, `${key}  ${done} of ${counted(shards, "shard")} done`);
    if (workers < 1 && done < shards && (await queue.workers()).length === 0)
      process.stderr.write(
        `note     no worker of code ${code} is there; start one: gmem-work start --queue … --store …\n`,
      );
    const line = progress({ label: kind.name, total: job.count, from: Math.min(done * job.shardSize, job.count) });
    const warn = (text: string): void => line.say(`warning  ${text}`);
    const worker =
      workers > 0 && done < shards ? await workOn({ queue, workers, place, scratch, code, warn }) : undefined;
    try {
      const every = url === undefined ? 200 : 1000;
      const onProgress = (some: number): void => line.update(Math.min(some * job.shardSize, job.count), `job ${key}`);
      await followJob({ key, job }, { store, queue, signal, every, onProgress });
      line.finish();
    } finally {
      await worker?.close();
    }
    const folder = kind.place(asked);
    for await (const files of shardResults(store, { key, job }))
      for (const [name, bytes] of Object.entries(files)) await keep(join(folder, name), bytes);
    await kind.finish(asked, context);
    say(json, { job: key, shards, out: folder }, folder);
  } finally {
    await queue.close();
  }
}

/** A file that is there is whole, and the same. */
async function keep(path: string, bytes: Uint8Array): Promise<void> {
  if (existsSync(path)) return;
  await mkdir(dirname(path), { recursive: true });
  await writeFileAtomic(path, bytes);
}
