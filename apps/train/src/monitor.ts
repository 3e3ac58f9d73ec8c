import { captionsInWords } from "@gmem/datasets/captions";
import { leftOutSummary, someNames } from "@gmem/datasets/folder";
import { eventWriter, type ReportContent, reportHtml } from "@gmem/report";
import { guidanceNote, type PreparedRun, preview, type RunInTraining, versions, type Watch } from "@gmem/runs";
import { counted, isGMemError } from "@gmem/tensor";
import { duration, progress, quantity } from "@gmem/terminal";
import type { TrainStep } from "@gmem/trainer";
import { writeFileAtomic } from "@gmem/weights";
import sharp from "sharp";
import { bankFacts, bankInWords } from "./bank-facts.ts";
import { grids } from "./grids.ts";
import { curves, machineFacts, readMetrics } from "./metrics-records.ts";
import { parameterCount } from "./parameter-count.ts";

type More = Partial<Pick<ReportContent, "facts" | "images">>;

/**
 * What people see of a run while it goes on: what is in its bank, a live line, TensorBoard events, sample grids and the
 * report, which is there before the first step.
 * @param more what else the report shows, asked for each time it is written.
 */
export async function monitor(
  { files, prepared, trainer, samplers, start }: RunInTraining,
  more: () => More = () => ({}),
): Promise<Watch> {
  const { config } = prepared;
  const [began, from] = [performance.now(), trainer.step];
  const known = await knownFacts(prepared);
  if (start) process.stderr.write(`${start}\n`);
  const note = guidanceNote(config, config.sampler);
  if (note) process.stderr.write(`note: ${note}\n`);
  if (config.backbone.kind === "dit" && config.steps < 10_000) process.stderr.write(`note: ${ditNote}\n`);
  if (known["memory bank"]) process.stderr.write(`memory bank: ${known["memory bank"]}\n`);
  process.stderr.write(
    `${quantity(parameterCount(prepared.model))} parameters, batch ${config.batch}, ${counted(config.steps, "step")} → ${files.folder}\n`,
  );
  const kept = grids(files.samples);
  const events = eventWriter(files.folder);
  events.startAfter(from);
  let skipped = 0;
  let smooth: number | undefined;

  const line = progress({ label: "train", total: config.steps, from });
  const isGridDue = (step: number): boolean => step % config.sampleEvery === 0 || step === config.steps;
  const grid = async (step: number): Promise<void> => {
    const png = await preview(prepared, samplers).catch((error: unknown) => {
      if (!isGMemError(error, "NON_FINITE")) throw error;
      line.say(`warning: step ${step}: no grid of samples: ${error.message}`); // training has its own guard
    });
    if (!png) return;
    await kept.save(step, png);
    const { width = 0, height = 0 } = await sharp(png).metadata();
    events.image("samples", png, { step, width, height });
  };
  const report = async (status: string): Promise<void> => {
    const records = readMetrics(files.metrics);
    const { facts: found, images = [] } = more();
    const content = {
      title: config.name,
      status,
      facts: { ...known, ...progressFacts(config.batch, trainer.step), ...machine(records), ...found },
      lists: [...leftOut(prepared), ...uncaptioned(prepared), ...credits(prepared)],
      charts: curves(records),
      images: [...images, ...kept.shown(trainer.step)],
      config,
      versions: versions(config),
    };
    await writeFileAtomic(files.report, reportHtml(content));
  };
  /** How long it took; of a run that was resumed, how long the steps since took. */
  const after = (seconds: number): string =>
    from === 0 ? ` in ${duration(seconds)}` : `, those after step ${from} in ${duration(seconds)}`;

  if (from > 0 && isGridDue(from) && !kept.has(from)) await grid(from); // the process before ended before it
  await report(from === 0 ? "before the first step" : `goes on after step ${from} of ${config.steps}`);
  return {
    async step(record) {
      if (record.skipped) skipped++;
      if (Number.isFinite(record.loss))
        smooth = smooth === undefined ? record.loss : smooth + (record.loss - smooth) * 0.05;
      if (record.warning !== undefined) line.say(`warning: step ${record.step}: ${record.warning}`);
      const memory = quantity(record.memoryBytes, "B");
      const note = `mean loss ${smooth?.toFixed(4)} · ${record.stepsPerSecond.toFixed(1)} steps/s · ${memory}${skipped ? ` · ${counted(skipped, "step")} skipped` : ""}`;
      line.update(record.step, note);
      const last = record.step === config.steps;
      if (last) line.finish();
      if (last || record.step % 10 === 0)
        for (const [name, value] of Object.entries(scalars(record))) events.scalar(name, value, record.step);
      if (record.evaluation && Object.keys(record.evaluation).length === 0)
        line.say(`warning: step ${record.step}: the held-out loss is not finite`);
      for (const [name, value] of Object.entries(record.evaluation ?? {})) events.scalar(name, value, record.step);
      if (!isGridDue(record.step)) return;
      await grid(record.step);
      await report(`step ${record.step} of ${config.steps}${after((performance.now() - began) / 1000)} so far`);
    },
    async end(how, seconds) {
      if (how !== "finished") line.finish();
      if (how === "finished") await report(`finished ${counted(config.steps, "step")}${after(seconds)}`);
      if (how === "stopped") await report(`stopped after step ${trainer.step} of ${config.steps}`);
      if (how === "failed") await report(`failed after step ${trainer.step} of ${config.steps}`).catch(() => undefined);
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

const ditNote =
  "a DiT follows its snippets later than backbone.kind=sit: most of the steps of its process are nearly pure noise, " +
  "where its loss says little; after as few steps as these take sit, or train longer";

/** What is known before training. */
async function knownFacts(prepared: PreparedRun): Promise<Record<string, string>> {
  const { config, about, train, model, memory, engine, classes, captioned } = prepared;
  const bank = memory && (await bankFacts(memory.bank, engine));
  const named = bank?.classes?.map(({ label, rows }) => `${classes[label] ?? label}: ${rows}`) ?? [];
  const more = named.length > 20 ? [...named.slice(0, 20), `and ${named.length - 20} more`] : named;
  return {
    images: `${train.length} to train on: ${about}`,
    ...(captioned ? { captions: captionsInWords(captioned) } : {}),
    conditioning: memory ? `memory bank, encoder ${memory.encoderId}` : config.conditioner.kind,
    ...(bank ? { "memory bank": bankInWords(bank) } : {}),
    ...(named.length > 0 ? { "rows of a class": more.join(", ") } : {}),
    network: `${model.backbone.name}, ${quantity(parameterCount(model))} parameters`,
  };
}

/** Every file that was left out, with its reason. */
const leftOut = ({ leftOut: files }: PreparedRun): NonNullable<ReportContent["lists"]> =>
  files.length === 0
    ? []
    : [
        {
          title: `files: ${leftOutSummary(files)}`,
          rows: Object.fromEntries(files.map(({ file, reason }) => [file, reason])),
        },
      ];

/** Pictures without captions, where others have some. */
const uncaptioned = ({ uncaptioned: names = [] }: PreparedRun): NonNullable<ReportContent["lists"]> =>
  names.length === 0
    ? []
    : [
        {
          title: `without captions: ${names.length}`,
          rows: Object.fromEntries(someNames(names, 100).map((name) => [name, ""])),
        },
      ];

/** Who made the pictures, and on what terms. */
const credits = ({ credits: found }: PreparedRun): NonNullable<ReportContent["lists"]> =>
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
