import { leftOutSummary, someNames } from "@gmem/datasets/folder";
import { eventWriter, type ReportContent, reportHtml } from "@gmem/report";
import type { DataFacts, RunFiles, Watch } from "@gmem/runs";
import { counted, isGMemError } from "@gmem/tensor";
import { duration, progress, quantity } from "@gmem/terminal";
import type { Trainer, TrainStep } from "@gmem/trainer";
import { writeFileAtomic } from "@gmem/weights";
import sharp from "sharp";
import { grids } from "./grids.ts";
import { curves, machineFacts, readMetrics } from "./metrics-records.ts";

/** A training that people look at. */
export interface WatchedTraining {
  readonly files: RunFiles;
  readonly config: {
    readonly name: string;
    readonly steps: number;
    readonly batch: number;
    readonly sampleEvery: number;
  };
  readonly trainer: Pick<Trainer, "step">;
  /** What is known before the first step. */
  readonly facts: Readonly<Record<string, string>>;
  /** Of the pictures. */
  readonly data: Pick<DataFacts, "leftOut" | "uncaptioned" | "credits">;
  /** A grid of pictures as they are drawn now, PNG. */
  readonly grid: () => Promise<Uint8Array>;
  /** What such a grid shows. */
  readonly shows: string;
  /** What its pictures are drawn from, in its order, where that is text. */
  readonly texts?: readonly string[];
  readonly versions: ReportContent["versions"];
  /** What is said of a step above the live line. */
  readonly remark?: (step: TrainStep) => string | undefined;
  /** What else the report has, asked for each time it is written. */
  readonly more?: () => Partial<Pick<ReportContent, "facts" | "images">>;
}

const none = (): Partial<Pick<ReportContent, "facts" | "images">> => ({});

/** A live line, TensorBoard events, grids of pictures and the report, which is there before the first step. */
export async function watchTraining(training: WatchedTraining): Promise<Watch> {
  const { files, config, trainer, facts: known, shows, remark, more = none } = training;
  const { steps, batch, sampleEvery } = config;
  const [began, from] = [performance.now(), trainer.step];
  const kept = grids(files.samples, shows);
  const events = eventWriter(files.folder);
  events.startAfter(from);
  let skipped = 0;
  let smooth: number | undefined;
  let before = from; // a record of a round is of many steps

  const line = progress({ label: "train", total: steps, from });
  const isGridDue = (step: number): boolean => step % sampleEvery === 0 || step === steps;
  const grid = async (step: number): Promise<void> => {
    const png = await training.grid().catch((error: unknown) => {
      if (!isGMemError(error, "NON_FINITE")) throw error;
      line.say(`warning: step ${step}: no grid of ${shows}: ${error.message}`); // training has its own guard
    });
    if (!png) return;
    await kept.save(step, png);
    const { width = 0, height = 0 } = await sharp(png).metadata();
    events.image(shows, png, { step, width, height });
  };
  const report = async (status: string): Promise<void> => {
    const records = readMetrics(files.metrics);
    const { facts: found, images = [] } = more();
    const content = {
      title: config.name,
      status,
      facts: { ...known, ...progressFacts(batch, trainer.step), ...machine(records), ...found },
      lists: [...leftOut(training.data), ...uncaptioned(training.data), ...credits(training.data), ...said(training)],
      charts: curves(records),
      images: [...images, ...kept.shown(trainer.step)],
      config,
      versions: training.versions,
    };
    await writeFileAtomic(files.report, reportHtml(content));
  };
  /** How long it took; of a run that was resumed, how long the steps since took. */
  const after = (seconds: number): string =>
    from === 0 ? ` in ${duration(seconds)}` : `, those after step ${from} in ${duration(seconds)}`;

  if (from > 0 && isGridDue(from) && !kept.has(from)) await grid(from); // the process before ended before it
  await report(from === 0 ? "before the first step" : `goes on after step ${from} of ${steps}`);
  return {
    async step(record) {
      if (record.skipped) skipped++;
      if (Number.isFinite(record.loss))
        smooth =
          smooth === undefined ? record.loss : smooth + (record.loss - smooth) * (1 - 0.95 ** (record.step - before));
      if (record.warning !== undefined) line.say(`warning: step ${record.step}: ${record.warning}`);
      const memory = quantity(record.memoryBytes, "B");
      const note = `mean loss ${smooth?.toFixed(4)} · ${record.stepsPerSecond.toFixed(1)} steps/s · ${memory}${skipped ? ` · ${counted(skipped, "step")} skipped` : ""}`;
      line.update(record.step, note);
      const last = record.step === steps;
      if (last) line.finish();
      if (last || record.step % 10 === 0 || record.step > before + 1)
        for (const [name, value] of Object.entries(scalars(record))) events.scalar(name, value, record.step);
      before = record.step;
      if (record.evaluation && Object.keys(record.evaluation).length === 0)
        line.say(`warning: step ${record.step}: what is measured on held-out pictures is not finite`);
      const remarked = remark?.(record);
      if (remarked !== undefined) line.say(remarked);
      for (const [name, value] of Object.entries(record.evaluation ?? {})) events.scalar(name, value, record.step);
      if (!isGridDue(record.step)) return;
      await grid(record.step);
      await report(`step ${record.step} of ${steps}${after((performance.now() - began) / 1000)} so far`);
    },
    async end(how, seconds) {
      if (how !== "finished") line.finish();
      if (how === "finished") await report(`finished ${counted(steps, "step")}${after(seconds)}`);
      if (how === "stopped") await report(`stopped after step ${trainer.step} of ${steps}`);
      if (how === "failed") await report(`failed after step ${trainer.step} of ${steps}`).catch(() => undefined);
    },
  };
}

/** What TensorBoard is told of a step. */
const scalars = (record: TrainStep): Record<string, number> => ({
  loss: record.loss,
  "gradient norm": record.gradNorm,
  "learning rate": record.lr,
  "images per second": record.imagesPerSecond,
  "memory in bytes": record.memoryBytes,
});

/** Every file that was left out, with its reason. */
const leftOut = ({ leftOut: files }: WatchedTraining["data"]): NonNullable<ReportContent["lists"]> =>
  files.length === 0
    ? []
    : [
        {
          title: `files: ${leftOutSummary(files)}`,
          rows: Object.fromEntries(files.map(({ file, reason }) => [file, reason])),
        },
      ];

/** Pictures without captions, where others have some. */
const uncaptioned = ({ uncaptioned: names = [] }: WatchedTraining["data"]): NonNullable<ReportContent["lists"]> =>
  names.length === 0
    ? []
    : [
        {
          title: `without captions: ${names.length}`,
          rows: Object.fromEntries(someNames(names, 100).map((name) => [name, ""])),
        },
      ];

/** The texts of the grid. */
const said = ({ texts = [] }: WatchedTraining): NonNullable<ReportContent["lists"]> =>
  texts.length === 0
    ? []
    : [
        {
          title: "texts of the grid, in its order",
          rows: Object.fromEntries(texts.map((text, i) => [`${i + 1}`, text])),
        },
      ];

/** Who made the pictures, and on what terms. */
const credits = ({ credits: found }: WatchedTraining["data"]): NonNullable<ReportContent["lists"]> =>
  found
    ? [
        {
          title: "credits",
          rows: Object.fromEntries(
            found.map(({ package: name, version, author, licence, url }) => [
              `${name} ${version}`,
              `${author}, ${licence}${url ? `, ${url}` : ""}`,
            ]),
          ),
        },
      ]
    : [];

const progressFacts = (batch: number, steps: number): Record<string, string> => ({
  "images seen": `${(steps * batch).toLocaleString("en")} in ${steps.toLocaleString("en")} steps`,
});

function machine(records: Parameters<typeof machineFacts>[0]): Record<string, string> {
  const facts = machineFacts(records);
  if (!facts) return {};
  return {
    throughput: `${facts.imagesPerSecond.toPrecision(3)} images a second, median over the steps`,
    memory: `${quantity(facts.memoryBytes, "B")} at most`,
  };
}
