import type { JobKind } from "@gmem/jobs";
import { featureParts, pictureSource } from "@gmem/metrics/folders";
import {
  checkReading,
  loadConfig,
  merge,
  openEngine,
  openFeatures,
  openRun,
  presetTrees,
  type ReadingWords,
  readRunConfig,
  runFiles,
} from "@gmem/runs";
import { bankJob, featuresJob, latentsJob, samplesJob } from "@gmem/runs/jobs";
import type { FeatureExtractor } from "@gmem/spec";
import { studyJob } from "@gmem/studies";
import { cacheFolder, hubSettings, progressLines, say, withFetchedWeights } from "@gmem/terminal";
import { type ShareFlags, shareExport, shareWork } from "@gmem/workers";

interface LatentsFlags extends ShareFlags {
  readonly out: string;
  readonly snippets?: boolean;
  readonly targets?: boolean;
  readonly half?: boolean;
  readonly shardRows: number;
}

/** Work is done one thread a process unless somebody says otherwise: its bits do not depend on the machine's cores. */
const oneThread = "engine.threads=1";
const cpu = { kind: "onnx", device: "cpu", threads: 1 } as const;

/** `gmem-work submit latents`. */
export async function submitLatents(source: string, settings: readonly string[], flags: LatentsFlags): Promise<void> {
  const { out: folder, snippets, targets, half, shardRows } = flags;
  const config = await loadConfig(source, [oneThread, ...settings]);
  await submit(latentsJob, { config, folder, snippets, targets, half, shardRows }, flags);
}

interface BankFlags extends ShareFlags {
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

interface SamplesFlags extends ShareFlags {
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

interface StudyFlags extends ShareFlags {
  readonly out: string;
  readonly full?: boolean;
  readonly data?: string;
}

/** `gmem-work submit study`. */
export async function submitStudy(study: string, { full, data, ...flags }: StudyFlags): Promise<void> {
  const asked = {
    study,
    size: full ? "full" : "quick",
    out: flags.out,
    ...(data === undefined ? {} : { data }),
  } as const;
  await submit(studyJob, { ...asked, engine: cpu }, flags);
}

interface ExportFlags extends ShareFlags {
  readonly out?: string;
}

/** `gmem-work submit export`. */
export async function submitExport(path: string, { out, ...flags }: ExportFlags): Promise<void> {
  const run = await openRun(path, { hub: hubSettings(), onProgress: progressLines() });
  try {
    const folder = out ?? run.files.onnx;
    const card = await shareExport(run, { folder }, flags);
    if (card) say(flags.json, { folder, ...card }, card.files.flatMap(({ files }) => files).join("\n"));
  } finally {
    await run.close();
  }
}

interface FeaturesFlags extends ShareFlags, ReadingWords {
  readonly features?: readonly string[];
  readonly cache?: string;
}

/** `gmem-work submit features`. */
export async function submitFeatures(path: string, flags: FeaturesFlags): Promise<void> {
  const { cache = cacheFolder("features") } = flags;
  const how = checkReading(flags);
  const features = (flags.features ?? ["random-vgg"]).map((word) => withFetchedWeights(word));
  const work = { hub: hubSettings(), onProgress: progressLines() };
  const source = await pictureSource(path, how);
  const engine = await openEngine(cpu);
  const extractors: FeatureExtractor[] = [];
  try {
    for (const word of features) extractors.push(await openFeatures(word, { engine, protocol: how.protocol, ...work }));
    const parts = await featureParts(source, { ...how, ...work });
    await submit(featuresJob, { of: { path }, features, ...how, engine: cpu, parts, extractors, cache }, flags);
  } finally {
    for (const extractor of extractors) await extractor.dispose?.();
    await engine.dispose();
  }
}

/** Shares the work and ends it with the command of one machine. */
async function submit<Asked>(kind: JobKind<Asked>, asked: Asked, flags: ShareFlags): Promise<void> {
  const shared = await shareWork(kind, asked, flags);
  if (!shared) return;
  const { job, shards, context } = shared;
  await kind.finish(asked, context);
  const folder = kind.place(asked);
  say(flags.json, { ...(job && { job }), shards, out: folder }, folder);
}
