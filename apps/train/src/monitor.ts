import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { leftOutSummary } from "@gmem/datasets/folder";
import { eventWriter, type ReportContent, type ReportImage, reportHtml } from "@gmem/report";
import { type PreparedRun, preview, type RunInTraining, versions, type Watch } from "@gmem/runs";
import { isGMemError, sizeOf } from "@gmem/tensor";
import { duration, progress, quantity } from "@gmem/terminal";
import { writeFileAtomic } from "@gmem/weights";
import sharp from "sharp";

type More = Partial<Pick<ReportContent, "facts" | "images">>;

/**
 * What people see of a run while it goes on: a live line, TensorBoard events, sample grids and the report.
 * @param more what else the report shows, asked for each time it is written.
 */
export function monitor(
  { files, prepared, trainer, samplers, start }: RunInTraining,
  more: () => More = () => ({}),
): Watch {
  const { config } = prepared;
  const began = performance.now();
  const parameters = quantity(parameterCount(prepared));
  if (start) process.stderr.write(`${start}\n`);
  process.stderr.write(`${parameters} parameters, batch ${config.batch}, ${config.steps} steps → ${files.folder}\n`);
  const line = progress({ label: "train", total: config.steps, from: trainer.step });
  const events = eventWriter(files.folder);
  mkdirSync(files.samples, { recursive: true });
  const grids: ReportImage[] = [];
  let skipped = 0;
  let smooth: number | undefined;

  const grid = async (step: number): Promise<void> => {
    const png = await preview(prepared, samplers).catch((error: unknown) => {
      if (!isGMemError(error, "NON_FINITE")) throw error;
      process.stderr.write(`no samples after step ${step}: ${error.message}\n`); // training has its own guard
    });
    if (!png) return;
    const name = `step-${String(step).padStart(6, "0")}.png`;
    writeFileSync(join(files.samples, name), png);
    const { width = 0, height = 0 } = await sharp(png).metadata();
    events.image("samples", png, { step, width, height });
    grids.push({ title: `samples after step ${step}`, png });
  };
  const report = async (status: string): Promise<void> => {
    const shown = grids.length > 4 ? [grids[0], ...grids.slice(-3)] : grids;
    const { facts: found, images = [] } = more();
    const content = {
      title: config.name,
      status,
      facts: { ...facts(prepared), ...found },
      lists: leftOut(prepared),
      charts: charts(files.metrics),
      images: [...images, ...(shown as ReportImage[]).toReversed()],
      config,
      versions: versions(config),
    };
    await writeFileAtomic(files.report, reportHtml(content));
  };

  return {
    async step(record) {
      if (record.skipped) skipped++;
      if (Number.isFinite(record.loss))
        smooth = smooth === undefined ? record.loss : smooth + (record.loss - smooth) * 0.05;
      const memory = quantity(process.memoryUsage.rss(), "B");
      const note = `loss ${smooth?.toFixed(4)} · ${record.stepsPerSecond.toFixed(1)} steps/s · ${memory}${skipped ? ` · ${skipped} steps skipped` : ""}`;
      line.update(record.step, note);
      if (record.warning !== undefined) line.say(`warning: step ${record.step}: ${record.warning}`);
      if (record.step % 10 === 0) {
        events.scalar("loss", record.loss, record.step);
        events.scalar("gradient norm", record.gradNorm, record.step);
        events.scalar("learning rate", record.lr, record.step);
      }
      for (const [name, value] of Object.entries(record.evaluation ?? {})) events.scalar(name, value, record.step);
      if (record.step === config.steps) line.finish();
      if (record.step % config.sampleEvery !== 0 && record.step !== config.steps) return;
      await grid(record.step);
      await report(`step ${record.step} of ${config.steps}, ${duration((performance.now() - began) / 1000)} so far`);
    },
    async end(how, seconds) {
      if (how !== "finished") line.finish();
      if (how === "finished") await report(`finished ${config.steps} steps in ${duration(seconds)}`);
      if (how === "stopped") await report(`stopped after step ${trainer.step} of ${config.steps}`);
    },
  };
}

const parameterCount = ({ model }: PreparedRun): number =>
  Object.values(model.avals()).reduce((sum, { shape }) => sum + sizeOf(shape), 0);

function facts(prepared: PreparedRun): Record<string, string> {
  const { config, about, train, model, memory } = prepared;
  return {
    images: `${train.length} to train on: ${about}`,
    conditioning: memory
      ? `memory bank, ${memory.bank.size} × ${memory.bank.dim}, encoder ${memory.encoderId}`
      : config.conditioner.kind,
    network: `${model.backbone.name}, ${quantity(parameterCount(prepared))} parameters`,
    "images seen": quantity(config.steps * config.batch),
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

interface MetricsRecord {
  readonly step: number;
  readonly loss: number;
  readonly gradNorm: number;
  readonly evaluation?: Readonly<Record<string, number>>;
}

/** The curves of metrics.jsonl, of steps before a resume too. */
function charts(metrics: string): ReportContent["charts"] {
  const text = readFileSync(metrics, "utf8");
  const records = text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as MetricsRecord);
  const names = [...new Set(records.flatMap(({ evaluation }) => Object.keys(evaluation ?? {})))];
  const points = (value: (record: MetricsRecord) => number | undefined) =>
    records.flatMap((record) => {
      const y = value(record);
      return y !== undefined && Number.isFinite(y) ? [{ x: record.step, y }] : [];
    });
  return [
    { title: "loss", x: "step", y: "loss", series: [{ name: "training", points: points(({ loss }) => loss) }] },
    {
      title: "held-out loss",
      x: "step",
      y: "loss",
      series: names.map((name) => ({ name, points: points(({ evaluation }) => evaluation?.[name]) })),
    },
    {
      title: "gradient norm before clipping",
      x: "step",
      y: "norm",
      series: [{ name: "norm", points: points(({ gradNorm }) => gradNorm) }],
    },
  ];
}
