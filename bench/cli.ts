#!/usr/bin/env node
import { spawn } from "node:child_process";
import { cpus, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import { Command, CommanderError, Option } from "commander";
import type { Bench, BenchRow } from "./row.ts";
import { bankGrowths } from "./rows/bank-growth.ts";
import { bankRows, bankStreamed } from "./rows/bank-large.ts";
import { banksOrTables } from "./rows/bank-or-table.ts";
import { bankSvd } from "./rows/bank-svd.ts";
import { batchings } from "./rows/batching.ts";
import { kernelRow, precisionRecallRow } from "./rows/distributions.ts";
import { fidPipelineRow } from "./rows/fid-pipeline.ts";
import { frechet } from "./rows/frechet.ts";
import { fullSizeForwards } from "./rows/full-size.ts";
import { growths } from "./rows/growth.ts";
import { nearestRows } from "./rows/nearest.ts";
import { sampling } from "./rows/sampling.ts";
import { serves } from "./rows/serve.ts";
import { startUp } from "./rows/start-up.ts";
import { trainStart } from "./rows/train-start.ts";
import { trainSteps } from "./rows/train-step.ts";

const benches: readonly Bench[] = [
  ...trainSteps,
  trainStart,
  ...growths,
  ...bankGrowths,
  sampling,
  ...batchings,
  ...banksOrTables,
  ...serves,
  ...fullSizeForwards,
  bankSvd,
  bankStreamed,
  bankRows,
  nearestRows,
  frechet,
  precisionRecallRow,
  kernelRow,
  fidPipelineRow,
  startUp,
];

interface Options {
  readonly json?: boolean;
  readonly large?: boolean;
  readonly repeats?: number;
  readonly one?: boolean;
}

/** Runs one bench in a process of its own and hands its lines on. */
function inChild(name: string, repeats: number | undefined, onRow: (row: BenchRow) => void): Promise<number> {
  const args = [
    fileURLToPath(import.meta.url),
    name,
    "--one",
    ...(repeats === undefined ? [] : ["--repeats", String(repeats)]),
  ];
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    child.stdout.on("data", (chunk: Buffer) => {
      text += chunk.toString("utf8");
    });
    child.on("close", (code) => {
      for (const line of text.split("\n")) if (line.startsWith("{")) onRow(JSON.parse(line) as BenchRow);
      resolve(code ?? 1);
    });
  });
}

const cell = (value: number | string | null, width: number): string => String(value ?? "-").padEnd(width);

function print(row: BenchRow): void {
  const verdict = row.ok === null ? "?   " : row.ok ? "ok  " : "FAIL";
  const memory = `${row.oursPeakMB}/${row.peerPeakMB ?? "-"} MB`;
  const ratio = row.ratio === null ? "-" : `${row.ratio}x`;
  const spread = row.spread ? `[${row.spread.join(", ")}]` : "";
  console.log(
    `${verdict} ${cell(row.name, 38)}${cell(row.ours, 9)}${cell(row.peer, 9)}${cell(row.unit, 22)}${cell(ratio, 9)}${cell(spread, 18)}${cell(memory, 16)}${row.bar}${row.note ? `  (${row.note})` : ""}`,
  );
}

async function main(names: readonly string[], options: Options): Promise<number> {
  const unknown = names.find(
    (name) => !benches.some((bench) => bench.name === name || bench.name.startsWith(`${name}-`)),
  );
  if (unknown !== undefined) {
    console.error(`bench: a name is one of ${benches.map(({ name }) => name).join(", ")}, got "${unknown}"`);
    return 2;
  }
  if (options.one) {
    const rows = await benches
      .find(({ name }) => name === names[0])
      ?.run(options.repeats ? { repeats: options.repeats } : {});
    for (const row of rows ?? []) console.log(JSON.stringify(row));
    return 0;
  }
  const wanted = (bench: Bench): boolean =>
    names.length > 0
      ? names.some((name) => bench.name === name || bench.name.startsWith(`${name}-`))
      : !bench.large || options.large === true;
  console.error(
    `${cpus().length} x ${cpus()[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.version}`,
  );
  if (!options.json)
    console.log(
      `     ${cell("bench", 38)}${cell("ours", 9)}${cell("peer", 9)}${cell("unit", 22)}${cell("ratio", 9)}${cell("spread", 18)}${cell("peak", 16)}bar`,
    );
  let failed = 0;
  for (const bench of benches.filter(wanted)) {
    const code = await inChild(bench.name, options.repeats, (row) => {
      if (row.ok === false) failed++;
      if (options.json) console.log(JSON.stringify(row));
      else print(row);
    });
    if (code !== 0) failed++;
  }
  return failed > 0 ? 1 : 0;
}

const program = new Command("bench")
  .description("Measures ours and the usual Python side by side. Without names: all but the ones that need much disk.")
  .argument("[name...]", `some of: ${benches.map(({ name }) => name).join(", ")}`)
  .option("--json", "one JSON object a line")
  .option("--large", "also those that write several GB to the temporary folder")
  .option("--repeats <n>", "measured repetitions", Number)
  .addOption(new Option("--one").hideHelp())
  .showSuggestionAfterError()
  .exitOverride()
  .action(async (names: string[], options: Options) => {
    process.exitCode = await main(names, options);
  });

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : 2;
}
