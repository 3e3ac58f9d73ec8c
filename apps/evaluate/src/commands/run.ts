import { join } from "node:path";
import { type MetricName, memorisation } from "@gmem/metrics";
import { type Comparison, compareExtracted, datasetSource, extractFeatures } from "@gmem/metrics/folders";
import {
  type Evaluation,
  type EvaluationNumber,
  type EvaluationPage,
  evaluationText,
  histogram,
} from "@gmem/report/evaluation";
import { drawnPictures, openRun, openSource, readRunConfig, runFiles } from "@gmem/runs";
import { samplesJob } from "@gmem/runs/jobs";
import { GMemError } from "@gmem/tensor";
import { hubSettings, say } from "@gmem/terminal";
import { isShared, type ShareFlags, shareWork } from "@gmem/workers";
import { evaluationOf } from "../evaluation-of.ts";
import { controls, failed, failRule } from "../fail-rules.ts";
import { memoryFacts } from "../memory-facts.ts";
import { ownNumber } from "../own-number.ts";
import { gridOf, pageOf, rowsOf, type SeenSide, sharesOf } from "../page-of.ts";
import { openReading, type Reading, type ReadingFlags } from "../reading.ts";
import { checkShared, type SharedPictures, shareFeatures } from "../share-features.ts";
import { snippetChecks } from "../snippet-checks.ts";
import { textsFor } from "../texts-for.ts";
import { writeEvaluation } from "../write-evaluation.ts";
import { metricsOf, paperOf } from "./folders.ts";

export interface RunFlags extends ReadingFlags, ShareFlags {
  readonly metrics?: string;
  readonly count: number;
  readonly seed: number;
  readonly level: number;
  readonly memory?: boolean;
  readonly texts?: string;
  readonly paper?: string;
  readonly out?: string;
  readonly failIf?: readonly string[];
}

/** Pairs of a sample and its nearest training pictures on the page. */
const pairs = 12;

/** `gmem-evaluate run`. @returns the exit code. */
export async function evaluateRun(folder: string, flags: RunFlags): Promise<number> {
  const { seed, level, json, failIf = [] } = flags;
  const rules = failIf.map(failRule);
  const metrics = flags.metrics === undefined ? undefined : metricsOf(flags.metrics);
  const paper = paperOf(flags.paper);
  const few = (["fid", "kid", "prdc"] as const).filter((metric) => metrics?.includes(metric) ?? true);
  const { close, ...reading } = await openReading(flags);
  const { engine, extractors, signal, onProgress } = reading;
  const work = { hub: hubSettings(), signal, onProgress };
  try {
    const run = await openRun(folder, { engine, ...work });
    try {
      const data = await openSource(run.config, work);
      if (data.kind !== "images")
        throw new GMemError("DATA", `run: "${folder}" must be of pictures to be held against them, got latents`);
      const texts = await textsFor(run, flags.texts);
      if (isShared(flags)) checkShared({ flags, reading });
      const job = await shareSamples(folder, { flags, texts, threads: reading.words.engine.threads });
      if (job === undefined) return 0;
      const kept = flags.memory === true ? undefined : join(run.files.samples, "evaluation");
      const drawn = await drawnPictures(run, { count: flags.count, seed, texts, folder: kept, signal });
      const shared: SharedPictures[] = [
        ...(["train", "heldOut"] as const).map((side) => ({
          source: datasetSource(data.data[side]),
          of: { config: run.config, side },
        })),
        { source: datasetSource(drawn, drawn.content), of: { samples: job } },
      ];
      const sources = await shareFeatures(shared, { flags, reading });
      if (!sources) return 0;
      const sides: SeenSide[] = [];
      for (const source of sources) sides.push({ source, set: await extractFeatures(source, reading) });
      const [train, heldOut, samples] = sides as [SeenSide, SeenSide, SeenSide];
      const compare = (real: SeenSide, fake: SeenSide, metrics?: readonly MetricName[]) =>
        compareExtracted(
          { path: real.set.path, set: real.set },
          { path: fake.set.path, set: fake.set },
          { ...reading, seed, level, ...(metrics && { metrics, onMissing: "leave-out" as const }) },
        );
      const features = extractors[0]?.name ?? "";
      const main = evaluationOf(`${folder}: samples of seed ${seed}`, await compare(train, samples, metrics), {
        paper,
      });
      const copied = await memorisation(
        {
          train: rowsOf(train.set, features),
          heldOut: rowsOf(heldOut.set, features),
          samples: rowsOf(samples.set, features),
        },
        { engine, level },
      );
      const numbersOf = (comparison: Comparison, against: string): readonly EvaluationNumber[] =>
        evaluationOf("", comparison).numbers.map((number) => ({ ...number, against }));
      const evaluation: Evaluation = {
        ...main,
        numbers: [
          ...main.numbers.map((number) => ({ ...number, against: "training pictures" })),
          ...numbersOf(await compare(heldOut, samples, few), "held-out pictures"),
          ...numbersOf(await compare(train, heldOut, few), controls.floor),
          copiedNumber(copied, { features, level, real: train.set.facts.ids.length }),
          ...(await snippetChecks(run, { seed, signal })),
        ],
        ...(run.bank && { facts: await memoryFacts(run) }),
        shares: await sharesOf(train.set, samples.set, { engine, features }),
      };
      const page = await pageWith({ train, samples, copied }, { ...reading, features });
      const out = flags.out ?? join(run.files.folder, "evaluation");
      await writeEvaluation(out, evaluation, page);
      say(json, evaluation, [evaluationText(evaluation), join(out, "report.html")].join("\n"));
      return failed(rules, evaluation.numbers);
    } finally {
      await run.close();
    }
  } finally {
    await close();
  }
}

/** Has processes or machines draw the samples, where flags say so. @returns their job, undefined where the command does not wait. */
async function shareSamples(run: string, { flags, texts, threads }: Drawing): Promise<string | undefined> {
  if (!isShared(flags)) return "";
  if (flags.memory)
    throw new GMemError("CONFIG", "--memory: several processes share samples by files, got --workers or --queue");
  const { count, seed } = flags;
  const { config } = readRunConfig(runFiles(run));
  const asked = { run, count, seed, texts, shardSize: 64, engine: { ...config.engine, threads } };
  return (await shareWork(samplesJob, asked, flags))?.job;
}

interface Drawing {
  readonly flags: RunFlags;
  readonly texts: readonly string[] | undefined;
  readonly threads: number | null;
}

type Copied = Awaited<ReturnType<typeof memorisation>>;

function copiedNumber(
  { closer, limit, samples }: Copied,
  of: { readonly features: string; readonly level: number; readonly real: number },
): EvaluationNumber {
  return ownNumber("nearer than held-out", closer, {
    level: of.level,
    method: "Wilson",
    counts: { real: of.real, fake: samples.length },
    options: { features: of.features, "held-out share": 0.05, limit },
    warnings:
      closer.low > 0.05
        ? [
            `more than 5 % of the samples are nearer to a training picture than 95 % of the held-out ones: look at the pairs`,
          ]
        : [],
    against: "training pictures",
  });
}

/** The page of {@link pageOf}, with the samples that are nearest to a training picture, each beside its nearest ones. */
async function pageWith(
  { train, samples, copied }: { readonly train: SeenSide; readonly samples: SeenSide; readonly copied: Copied },
  how: Pick<Reading, "engine" | "resize"> & { readonly features: string },
): Promise<EvaluationPage> {
  const page = await pageOf(train, samples, how);
  const order = Array.from(copied.samples.keys()).sort(
    (a, b) => (copied.samples[a] as number) - (copied.samples[b] as number),
  );
  const first = order.slice(0, pairs);
  const k = copied.nearest.rows.length / copied.samples.length;
  const near = first.flatMap((i) => Array.from(copied.nearest.rows.subarray(i * k, (i + 1) * k)));
  const series = histogram({ samples: copied.samples, "held-out pictures": copied.heldOut });
  return {
    charts: [
      { title: "Distance to the nearest training picture", x: "distance", y: "share", series },
      ...(page.charts ?? []),
    ],
    images: [
      {
        title: `The ${first.length} samples nearest to a training picture`,
        png: await gridOf(samples, first, { ...how, columns: 1 }),
      },
      {
        title: `Their ${k} nearest training pictures, a row each`,
        png: await gridOf(train, near, { ...how, columns: k }),
      },
      ...(page.images ?? []),
    ],
  };
}
