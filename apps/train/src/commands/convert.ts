import { existsSync } from "node:fs";
import { join } from "node:path";
import { checkFree } from "@gmem/runs";
import {
  type Conversion,
  type ConversionRequest,
  type ConvertOptions,
  fromCheckpoint,
  oneOf,
  toCheckpoint,
  toClassTable,
  toDtype,
  toMemoryBank,
} from "@gmem/runs/convert";
import { counted, GMemError, isGMemError } from "@gmem/tensor";
import { explain, sayError, stopOnInterrupt } from "@gmem/terminal";
import { commandLine, work } from "../terminal.ts";

export interface ConvertCommand extends ConvertOptions {
  readonly to?: string;
  readonly check?: boolean;
  readonly json?: boolean;
}

/** `gmem-train convert`. @returns the exit code: 1 for a check that found why it cannot be done. */
export async function convert(
  source: string,
  out: string,
  settings: readonly string[],
  options: ConvertCommand,
): Promise<number> {
  const { check, json } = options;
  if (!check) checkFree(out);
  const signal = stopOnInterrupt("nothing is left behind");
  let conversion: Conversion;
  try {
    if (targetOf(source, options) === "checkpoint" && settings.length > 0)
      throw new GMemError("CONFIG", `convert: a checkpoint has no settings, got ${settings.join(" ")}; leave them out`);
    conversion = await directionOf(source, options)({ source, out, settings, options, work: { signal, ...work() } });
  } catch (error) {
    if (!check) throw error;
    process.stderr.write(`${explain(error)}\n`);
    if (json) sayError(error);
    return 1;
  }
  try {
    if (check) return report({ ...conversion, ...(await problemOf(conversion)) }, json);
    if (conversion.problem) throw conversion.problem;
    const { about, weights, assumed } = conversion;
    const written = await conversion.write();
    const done = { ...written, next: commandLine(...written.next) };
    const lines = [
      about,
      ...(weights ? [`weights  ${weights}`] : []),
      ...assumed.map((sentence) => `assumed  ${sentence}`),
      ...done.notes.map((note) => `note     ${note}`),
      ...done.out.map((path) => `written  ${path}`),
      `next     ${done.next}`,
    ];
    process.stdout.write(json ? `${JSON.stringify({ about, weights, assumed, ...done })}\n` : `${lines.join("\n")}\n`);
    return 0;
  } finally {
    await conversion.close();
  }
}

/** Why it cannot be done, by its shapes and by its numbers. */
async function problemOf({ problem, verify }: Conversion): Promise<Pick<Conversion, "problem">> {
  if (problem) return { problem };
  try {
    await verify?.();
    return {};
  } catch (error) {
    if (isGMemError(error) && !isGMemError(error, "ABORTED")) return { problem: error };
    throw error;
  }
}

/** What the source becomes, by what it is, --to and --dtype. @throws {GMemError} code `CONFIG` for another word. */
function targetOf(source: string, { to, dtype }: ConvertCommand): keyof typeof directions {
  if (!isRun(source)) {
    if (to === undefined) return "run";
    throw new GMemError("CONFIG", `--to: is for run folders, got ${source}; convert it to a run folder first`);
  }
  if (to === undefined && dtype !== undefined) return "dtype";
  return oneOf("--to", to ?? "checkpoint", ["checkpoint", "memory-bank", "class-table"]);
}

/** @throws {GMemError} code `CONFIG` for an option that is of another direction. */
function directionOf(source: string, options: ConvertCommand): (request: ConversionRequest) => Promise<Conversion> {
  const { to: _, check: __, json: ___, ...given } = options;
  const { convert: direction, takes, from } = directions[targetOf(source, options)];
  const other = Object.entries(given).find(([name, value]) => value !== undefined && !takes.includes(name))?.[0];
  if (other === undefined) return direction;
  const flag = `--${kebab(other)}`;
  const flags = takes.map((name) => `--${kebab(name)}`);
  throw new GMemError("CONFIG", `${flag}: ${from} takes ${flags.join(", ")}; leave it out`);
}

const kebab = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

const isRun = (source: string): boolean => existsSync(join(source, "config.json"));

interface Direction {
  readonly convert: (request: ConversionRequest) => Promise<Conversion>;
  /** For people. */
  readonly from: string;
  readonly takes: readonly string[];
}

const directions: Readonly<Record<"run" | "checkpoint" | "memory-bank" | "class-table" | "dtype", Direction>> = {
  run: {
    convert: fromCheckpoint,
    from: "a checkpoint to become a run",
    takes: ["bank", "family", "heads", "crossHeads", "latent", "classes", "time", "tap", "weights"],
  },
  checkpoint: { convert: toCheckpoint, from: "a run to become a checkpoint", takes: ["bank"] },
  "memory-bank": { convert: toMemoryBank, from: "--to memory-bank", takes: ["bank", "adapter"] },
  "class-table": { convert: toClassTable, from: "--to class-table", takes: ["bank", "perClass", "pick", "seed"] },
  dtype: { convert: toDtype, from: "a run of another precision", takes: ["dtype"] },
};

/** Every tensor and what becomes of it; nothing is written. */
function report(
  { about, weights, tensors, differences, assumed, problem }: Conversion,
  json: boolean | undefined,
): number {
  const { missing = [], unexpected = [], misshaped = [] } = differences ?? {};
  if (json) {
    const facts = { about, weights, tensors, missing, unexpected, misshaped, assumed };
    process.stdout.write(
      `${JSON.stringify({ ...facts, ok: !problem, ...(problem && { problem: problem.message }) })}\n`,
    );
    return problem ? 1 : 0;
  }
  const width = Math.max(4, ...tensors.map(({ name }) => name.length));
  const rows = tensors.map(
    ({ name, dtype, shape, becomes, as }) =>
      `${name.padEnd(width)}  ${`[${shape}]`.padEnd(16)}  ${dtype.padEnd(4)}  ${becomes}${as ? ` as ${as}` : ""}`,
  );
  const list = (title: string, names: readonly string[]): readonly string[] =>
    names.length === 0 ? [] : [`${title}: ${names.join(", ")}`];
  process.stdout.write(
    `${[
      about,
      ...(weights ? [`weights  ${weights}`] : []),
      ...rows,
      "",
      `${counted(tensors.length, "tensor")}, ${tensors.filter(({ becomes }) => becomes === "not used").length} not used`,
      ...list("missing", missing),
      ...list("unexpected", unexpected),
      ...list(
        "mis-shaped",
        misshaped.map(({ name, expected, found }) => `${name} [${found}] for [${expected}]`),
      ),
      ...assumed.map((sentence) => `assumed  ${sentence}`),
      problem ? explain(problem) : "it converts",
    ].join("\n")}\n`,
  );
  return problem ? 1 : 0;
}
