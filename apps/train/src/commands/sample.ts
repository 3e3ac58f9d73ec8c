import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pngGrid } from "@gmem/datasets/png";
import type { SampleProgress } from "@gmem/samplers";
import { concatRows, GMemError } from "@gmem/tensor";
import { type RunConfig, runSchema } from "../config/schema.ts";
import { progress } from "../output/progress.ts";
import { openRun } from "../run/open-run.ts";
import { scaleFor } from "../run/preview.ts";
import { draw } from "../run/sampling.ts";
import { stopOnInterrupt } from "./interrupt.ts";

export interface SampleOptions {
  readonly count: number;
  readonly seed: number;
  readonly steps?: number;
  readonly solver?: string;
  readonly cfg?: number;
  readonly rows?: string;
  readonly label?: number;
  readonly interpolate?: string;
  readonly weights: string;
  readonly out?: string;
  readonly json?: boolean;
}

/** `gmem-train sample`. */
export async function sampleRun(folder: string, options: SampleOptions): Promise<void> {
  if (options.weights !== "ema" && options.weights !== "model")
    throw new GMemError("CONFIG", `sample: --weights must be ema or model, got "${options.weights}"`);
  const run = await openRun(folder, { weights: options.weights });
  try {
    const requests = requestsOf(options).map(({ input, ...rest }) => ({
      ...rest,
      request: run.conditioner.parse(input),
    }));
    const settings = settingsOf(run.config.sampler, options);
    const count = requests.reduce((sum, request) => sum + request.count, 0);
    const line = progress({ label: "sample", total: count * settings.steps });
    const signal = stopOnInterrupt("finishing this step");
    const drawn: Awaited<ReturnType<typeof draw>>[] = [];
    for (const { count: size, request } of requests) {
      const before = drawn.length;
      const onProgress = ({ samples, step, steps }: SampleProgress): void =>
        line.update((before + samples) * steps + step, `step ${step} of ${steps}`);
      drawn.push(await draw({ ...run, settings }, { request, count: size, seed: options.seed, signal, onProgress }));
    }
    const { nfe, forwards } = drawn[0] as (typeof drawn)[number];
    line.finish(`${count} pictures · ${nfe} evaluations, ${forwards} forwards each`);
    const out =
      options.out ?? join(run.files.samples, `seed-${options.seed}${options.interpolate ? "-strip" : ""}.png`);
    mkdirSync(dirname(out), { recursive: true });
    const columns = options.interpolate ? { columns: count } : {};
    writeFileSync(
      out,
      await pngGrid(concatRows(drawn.map(({ images }) => images)), {
        scale: scaleFor(run.config.image.size),
        ...columns,
      }),
    );
    process.stdout.write(options.json ? `${JSON.stringify({ out, count, nfe, forwards })}\n` : `${out}\n`);
  } finally {
    await run.close();
  }
}

interface Wanted {
  readonly count: number;
  /** The conditioner's untrusted input. */
  readonly input: unknown;
}

/** What the flags ask for. A strip is one request a picture, all of one seed: only the snippet moves. */
function requestsOf({ rows, label, interpolate, count }: SampleOptions): readonly Wanted[] {
  const given = [rows, label, interpolate].filter((flag) => flag !== undefined);
  if (given.length > 1) throw new GMemError("CONFIG", "sample: --rows, --label and --interpolate exclude each other");
  if (rows !== undefined) {
    const list = numbers("--rows", rows);
    return [{ count: list.length === 1 ? count : list.length, input: { rows: list } }];
  }
  if (label !== undefined) return [{ count, input: { label } }];
  if (interpolate === undefined) return [{ count, input: undefined }];
  const [a, b, ...rest] = numbers("--interpolate", interpolate);
  if (b === undefined || rest.length > 0)
    throw new GMemError("CONFIG", `sample: --interpolate needs two rows, such as 3,42, got "${interpolate}"`);
  return Array.from({ length: count }, (_, i) => {
    const weight = count === 1 ? 0.5 : i / (count - 1);
    return { count: 1, input: { interpolate: { a, b, weight, method: "spherical" } } };
  });
}

function numbers(flag: string, text: string): readonly number[] {
  const list = text.split(",").map(Number);
  if (list.some((value) => !Number.isSafeInteger(value) || value < 0))
    throw new GMemError("CONFIG", `sample: ${flag} needs row numbers, such as 3,42, got "${text}"`);
  return list;
}

function settingsOf(base: RunConfig["sampler"], { steps, solver, cfg }: SampleOptions): RunConfig["sampler"] {
  const checked = runSchema.shape.sampler.safeParse({
    ...base,
    ...(steps === undefined ? {} : { steps }),
    ...(solver === undefined ? {} : { solver }),
    ...(cfg === undefined ? {} : { cfg }),
  });
  if (!checked.success)
    throw new GMemError(
      "CONFIG",
      `sample: ${checked.error.issues.map(({ path, message }) => `--${path.join(".")}: ${message}`).join("; ")}`,
    );
  return checked.data;
}
