import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sizeOf } from "@gmem/tensor";
import type { Trainer, TrainStep } from "@gmem/trainer";
import { writeFileAtomic } from "@gmem/weights";
import sharp from "sharp";
import { duration, progress, quantity } from "../output/progress.ts";
import { type ReportContent, type ReportImage, reportHtml } from "../output/report.ts";
import { eventWriter } from "../output/tensorboard.ts";
import type { Pipeline } from "./pipeline.ts";
import { preview } from "./preview.ts";
import type { RunFiles } from "./run-files.ts";
import { versions } from "./versions.ts";

/** What people see of a run while it goes on: a live line, TensorBoard events, sample grids and the report. */
export interface Monitor {
  step(step: TrainStep): Promise<void>;
  /** Ends the live line. */
  done(): void;
  /** The report's final words. */
  finish(status: string, more?: Partial<Pick<ReportContent, "facts" | "images">>): Promise<void>;
}

/** Watches a trainer; `files.metrics` gives the curve of steps before a resume. */
export function monitor(pipeline: Pipeline, trainer: Trainer, files: RunFiles): Monitor {
  const { config, model } = pipeline;
  const began = performance.now();
  const line = progress({ label: "train", total: config.steps, from: trainer.step });
  const events = eventWriter(files.folder);
  mkdirSync(files.samples, { recursive: true });
  const grids: ReportImage[] = [];
  let skipped = 0;
  let smooth: number | undefined;

  const grid = async (step: number): Promise<void> => {
    const png = await preview(pipeline, trainer.state.scope("ema/"));
    const name = `step-${String(step).padStart(6, "0")}.png`;
    writeFileSync(join(files.samples, name), png);
    const { width = 0, height = 0 } = await sharp(png).metadata();
    events.image("samples", png, { step, width, height });
    grids.push({ title: `samples after step ${step}`, png });
  };
  const report = async (status: string, more: Partial<Pick<ReportContent, "facts" | "images">> = {}): Promise<void> => {
    const shown = grids.length > 4 ? [grids[0], ...grids.slice(-3)] : grids;
    const content = {
      title: config.name,
      status,
      facts: { ...facts(pipeline), ...more.facts },
      charts: charts(files.metrics),
      images: [...(more.images ?? []), ...(shown as ReportImage[]).toReversed()],
      config,
      versions: versions(),
    };
    await writeFileAtomic(files.report, reportHtml(content));
  };
  const parameters = Object.values(model.avals()).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  process.stderr.write(
    `${quantity(parameters)} parameters, batch ${config.batch}, ${config.steps} steps → ${files.folder}\n`,
  );

  return {
    async step(record) {
      if (record.skipped) skipped++;
      if (Number.isFinite(record.loss))
        smooth = smooth === undefined ? record.loss : smooth + (record.loss - smooth) * 0.05;
      const memory = quantity(process.memoryUsage.rss(), "B");
      const note = `loss ${smooth?.toFixed(4)} · ${record.stepsPerSecond.toFixed(1)} steps/s · ${memory}${skipped ? ` · ${skipped} steps skipped` : ""}`;
      line.update(record.step, note);
      if (record.step % 10 === 0) {
        events.scalar("loss", record.loss, record.step);
        events.scalar("gradient norm", record.gradNorm, record.step);
        events.scalar("learning rate", record.lr, record.step);
      }
      for (const [name, value] of Object.entries(record.evaluation ?? {})) events.scalar(name, value, record.step);
      if (record.step % config.sampleEvery !== 0 && record.step !== config.steps) return;
      await grid(record.step);
      await report(`step ${record.step} of ${config.steps}, ${duration((performance.now() - began) / 1000)} so far`);
    },
    done: () => line.finish(),
    finish: report,
  };
}

function facts({ config, about, train, model, memory }: Pipeline): Record<string, string> {
  const parameters = Object.values(model.avals()).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  return {
    images: `${train.length} to train on: ${about}`,
    conditioning: memory
      ? `memory bank, ${memory.bank.size} × ${memory.bank.dim}, encoder ${memory.encoderId}`
      : config.conditioner.kind,
    network: `${model.backbone.name}, ${quantity(parameters)} parameters`,
    "images seen": quantity(config.steps * config.batch),
  };
}

interface MetricsRecord {
  readonly step: number;
  readonly loss: number;
  readonly gradNorm: number;
  readonly evaluation?: Readonly<Record<string, number>>;
}

/** The curves of metrics.jsonl. */
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
      ...{ title: "held-out loss", x: "step", y: "loss" },
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
