import { existsSync, readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { compareExtracted, datasetSource, extractFeatures, pictureSource, readStatistics } from "@gmem/metrics/folders";
import { type Evaluation, type EvaluationNumber, evaluationText } from "@gmem/report/evaluation";
import { drawnPictures, locateWeights, openRun } from "@gmem/runs";
import { didYouMean, GMemError } from "@gmem/tensor";
import { hubSettings, say, stopOnInterrupt } from "@gmem/terminal";
import { writeFileAtomic } from "@gmem/weights";
import { evaluationOf } from "../evaluation-of.ts";
import { openReading } from "../reading.ts";
import { checkNamed, namedFiles, planOf, planText, type ReproductionPlan } from "../reproduce/plan.ts";
import { prepareRun } from "../reproduce/prepare-run.ts";
import type { FileRole, Reproduction } from "../reproductions/reproduction.ts";
import { reproductions } from "../reproductions/reproductions.ts";
import { writeEvaluation } from "../write-evaluation.ts";
import { metricsOf } from "./folders.ts";

export interface ReproduceFlags {
  readonly list?: boolean;
  readonly dryRun?: boolean;
  readonly file?: readonly string[];
  readonly count: number;
  readonly seed: number;
  readonly metrics: string;
  readonly out?: string;
  readonly json?: boolean;
}

/** Of the paper's numbers. */
const published = 50_000;

/** `gmem-evaluate reproduce NAME`: a number of the paper from released weights. */
export async function reproduce(
  name: string | undefined,
  settings: readonly string[],
  flags: ReproduceFlags,
): Promise<void> {
  if (flags.list || name === undefined) {
    const all = Object.values(reproductions);
    const width = Math.max(...all.map((one) => one.name.length));
    const text = all.map(({ name, about, paper }) => `${name.padEnd(width)}  ${paper.value}, ${paper.place}: ${about}`);
    return say(flags.json, all, text.join("\n"));
  }
  const found = reproductions[name];
  if (!found) throw new GMemError("CONFIG", `reproduce: no "${name}".${didYouMean(name, Object.keys(reproductions))}`);
  const { count, json, out = join("reproductions", name) } = flags;
  const metrics = metricsOf(flags.metrics);
  const named = namedFiles(found, flags.file ?? []);
  const signal = stopOnInterrupt("the same command goes on from here");
  const plan = await planOf(found, { named, count, signal });
  const text = planText(found, plan, { count });
  if (flags.dryRun) return say(json, { name, paper: found.paper, ...plan }, text);
  process.stderr.write(`${text}\n`);
  checkNamed(plan, name);
  await mkdir(out, { recursive: true });
  await begin(join(out, "reproduction.json"), { name, seed: flags.seed, settings, files: placesOf(plan) });
  const evaluation = await scored(found, { ...flags, out, settings, plan, metrics, signal });
  await writeEvaluation(out, evaluation, {});
  say(json, evaluation, [evaluationText(evaluation), beside(found, evaluation), join(out, "report.html")].join("\n"));
}

const placesOf = ({ files }: ReproductionPlan): Readonly<Record<string, string>> =>
  Object.fromEntries(files.map(({ role, place = "" }) => [role, place]));

/** @throws {GMemError} code `CONFIG` for a folder that was begun with other files, settings or another seed. */
async function begin(path: string, how: object): Promise<void> {
  const text = `${JSON.stringify(how, null, 2)}\n`;
  if (!existsSync(path)) return writeFileAtomic(path, text);
  if (readFileSync(path, "utf8") === text) return;
  throw new GMemError(
    "CONFIG",
    `reproduce: it must go on as it began, got other files, settings or another seed than ${path} says; give another --out`,
  );
}

interface Scoring extends Pick<ReproduceFlags, "count" | "seed"> {
  readonly out: string;
  readonly settings: readonly string[];
  readonly plan: ReproductionPlan;
  readonly metrics: ReturnType<typeof metricsOf>;
  readonly signal: AbortSignal;
}

/** Fetches, converts, samples and scores; each of them goes on where it stopped. */
async function scored(reproduction: Reproduction, options: Scoring): Promise<Evaluation> {
  const { out, settings, plan, metrics, count, seed, signal } = options;
  const hub = hubSettings();
  const fetched: Partial<Record<FileRole, string>> = {};
  const of = placesOf(plan);
  const flags = { resize: "none", onBad: "refuse", cache: join(out, "features") };
  for (const { role, what } of plan.files)
    if (role !== "inception") fetched[role] = await placeOf(role, of[role] as string, { what, hub, signal });
  const { close, ...reading } = await openReading({
    ...flags,
    features: [`inception=${of.inception}`],
    protocol: "adm",
  });
  const { engine, onProgress } = reading;
  try {
    const folder = await prepareRun(reproduction, {
      out,
      files: fetched,
      settings,
      engine,
      seed,
      hub,
      signal,
      onProgress,
    });
    const run = await openRun(folder, { hub, signal, onProgress });
    try {
      const drawn = await drawnPictures(run, { count, seed, folder: join(out, "samples"), signal });
      const set = await extractFeatures(datasetSource(drawn, drawn.content), reading);
      const reference = fetched.reference as string;
      const statistics = reference.endsWith(".npz") ? await readStatistics(reference) : undefined;
      const real =
        statistics && !statistics.withPictures
          ? undefined
          : await extractFeatures(await pictureSource(reference), reading);
      const comparison = await compareExtracted(
        { path: reference, ...(real && { set: real }), ...(statistics && { statistics }) },
        { path: set.path, set },
        { ...reading, seed, metrics, onMissing: "leave-out" },
      );
      const { paper } = reproduction;
      const evaluation = evaluationOf(`${reproduction.name}: ${reproduction.about}`, comparison);
      return { ...evaluation, numbers: evaluation.numbers.map((number) => withPaper(number, paper)) };
    } finally {
      await run.close();
    }
  } finally {
    await close();
  }
}

/** A file of the hub is fetched; a folder of pictures is no file. */
async function placeOf(role: FileRole, place: string, work: Parameters<typeof locateWeights>[2]): Promise<string> {
  return role === "reference" && !place.startsWith("hf:") ? place : locateWeights(`--file ${role}`, place, work);
}

/** FID with the paper's, and what stands between them. */
function withPaper(number: EvaluationNumber, paper: Reproduction["paper"]): EvaluationNumber {
  if (number.metric !== "FID") return number;
  const other = number.counts.fake === published ? [] : [`the paper's number is of 50,000 samples`];
  return { ...number, published: [paper], warnings: [...number.warnings, ...other] };
}

function beside({ paper }: Reproduction, { numbers }: Evaluation): string {
  const fid = numbers.find(({ metric }) => metric === "FID");
  if (!fid) return `paper     FID ${paper.value} (${paper.of}, ${paper.place}); ours was not asked for`;
  const { printed, counts } = fid;
  return `FID       ours ${printed.value} [${printed.low}, ${printed.high}] of ${counts.fake} samples, paper ${paper.value} (${paper.of}, ${paper.place})`;
}
