import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pngGrid } from "@gmem/datasets/png";
import {
  type Draw,
  guidanceNote,
  openRun,
  type Run,
  type RunConfig,
  runSchema,
  scaleFor,
  usualBatch,
} from "@gmem/runs";
import type { SampleProgress, SampleResult } from "@gmem/samplers";
import { concatRows, GMemError, type NDArray } from "@gmem/tensor";
import { progress, stopOnInterrupt } from "@gmem/terminal";
import { writeSafetensors } from "@gmem/weights";
import { work } from "../terminal.ts";
import { readStoredNoise, type StoredNoise } from "./stored-noise.ts";

export interface SampleOptions {
  readonly count: number;
  readonly seed: number;
  readonly steps?: number;
  readonly solver?: string;
  readonly cfg?: number;
  readonly cfgInterval?: readonly number[];
  readonly cfgChannels?: number;
  readonly shift?: number;
  readonly rows?: string;
  readonly label?: number;
  readonly interpolate?: string;
  /** JSON. */
  readonly request?: string;
  readonly weights: string;
  readonly noise?: string;
  readonly out?: string;
  readonly latents?: string;
  readonly json?: boolean;
}

/** `gmem-train sample`. */
export async function sampleRun(folder: string, options: SampleOptions): Promise<void> {
  const { weights, latents: latentsFile } = options;
  if (weights !== "ema" && weights !== "model")
    throw new GMemError("CONFIG", `sample: --weights must be ema or model, got "${weights}"`);
  if (latentsFile !== undefined && options.out !== undefined)
    throw new GMemError("CONFIG", "sample: --latents and --out exclude each other; pictures are made of --out alone");
  const stored = options.noise === undefined ? undefined : await readStoredNoise(options.noise);
  const wanted = requestsOf(options, stored);
  const run = await openRun(folder, { weights, ...work() });
  try {
    const drawn = await drawAll(run, { wanted, stored, options });
    const count = drawn.reduce((sum, { latents }) => sum + (latents.shape[0] as number), 0);
    const { nfe, forwards } = drawn[0] as Drawn;
    const out = latentsFile ?? options.out ?? join(run.files.samples, nameOf(options));
    mkdirSync(dirname(out), { recursive: true });
    if (latentsFile === undefined) writeFileSync(out, await gridOf(run, drawn, options));
    else await writeSafetensors(out, { latents: concatRows(drawn.map(({ latents }) => latents)) });
    process.stdout.write(options.json ? `${JSON.stringify({ out, count, nfe, forwards })}\n` : `${out}\n`);
  } finally {
    await run.close();
  }
}

const nameOf = ({ seed, interpolate, noise }: SampleOptions): string =>
  `${noise === undefined ? `seed-${seed}` : "noise"}${interpolate === undefined ? "" : "-strip"}.png`;

type Drawn = SampleResult & { readonly images?: NDArray<"f32"> };

interface Work {
  readonly wanted: readonly Wanted[];
  readonly stored: StoredNoise | undefined;
  readonly options: SampleOptions;
}

/** Latents of every request, with pictures unless latents are asked for. */
async function drawAll(run: Run, { wanted, stored, options }: Work): Promise<readonly Drawn[]> {
  const settings = settingsOf(run.config.sampler, options);
  const note = guidanceNote(run.config, settings);
  if (note) process.stderr.write(`note     ${note}\n`);
  const requests = wanted.map(({ count, input, given }) => ({ count, request: given ?? run.conditioner.parse(input) }));
  const total = requests.reduce((sum, { count }) => sum + count, 0);
  const line = progress({ label: "sample", total: total * settings.steps });
  const signal = stopOnInterrupt("finishing this step");
  const { noise, stepNoise } = stored ?? {};
  const drawn: Drawn[] = [];
  for (const { count, request } of requests) {
    const before = drawn.length;
    const onProgress = ({ samples, step, steps }: SampleProgress): void =>
      line.update((before + samples) * steps + step, `step ${step} of ${steps}`);
    const own: Draw = {
      request,
      count,
      seed: options.seed,
      signal,
      onProgress,
      ...(noise && { noise }),
      ...(stepNoise && { stepNoise }),
    };
    const sampler = await run.sampler(settings, { batchSize: usualBatch(count) });
    drawn.push(await (options.latents === undefined ? sampler.draw(own) : sampler.drawLatents(own)));
  }
  const { nfe, forwards } = drawn[0] as Drawn;
  line.finish(
    `${total} ${options.latents === undefined ? "pictures" : "latents"} · ${nfe} evaluations, ${forwards} forwards each`,
  );
  return drawn;
}

function gridOf({ config }: Run, drawn: readonly Drawn[], { interpolate }: SampleOptions): Promise<Uint8Array> {
  const images = concatRows(drawn.flatMap(({ images: own }) => own ?? []));
  const columns = interpolate === undefined ? {} : { columns: images.shape[0] as number };
  return pngGrid(images, { scale: scaleFor(config.image.size), ...columns });
}

interface Wanted {
  readonly count: number;
  /** The conditioner's untrusted input. */
  readonly input?: unknown;
  /** A request as it is. */
  readonly given?: { readonly snippets: NDArray<"f32"> };
}

/** What the flags ask for. A strip is one request a picture, all of one seed: only the snippet moves. */
function requestsOf(options: SampleOptions, stored: StoredNoise | undefined): readonly Wanted[] {
  const { rows, label, interpolate, request } = options;
  const given = [rows, label, interpolate, request, stored?.snippets].filter((flag) => flag !== undefined);
  if (given.length > 1)
    throw new GMemError(
      "CONFIG",
      "sample: --rows, --label, --interpolate, --request and stored snippets exclude each other",
    );
  const count = stored?.noise.shape[0] ?? options.count;
  if (stored?.snippets) return [{ count, given: { snippets: stored.snippets } }];
  if (rows !== undefined) {
    const list = numbers("--rows", rows);
    return [{ count: stored || list.length === 1 ? count : list.length, input: { rows: list } }];
  }
  if (label !== undefined) return [{ count, input: { label } }];
  if (request !== undefined) return [{ count, input: json(request) }];
  if (interpolate === undefined) return [{ count, input: undefined }];
  if (stored) throw new GMemError("CONFIG", "sample: a strip is of one noise, got --noise as well; leave one out");
  const [a, b, ...rest] = numbers("--interpolate", interpolate);
  if (b === undefined || rest.length > 0)
    throw new GMemError("CONFIG", `sample: --interpolate needs two rows, such as 3,42, got "${interpolate}"`);
  return Array.from({ length: count }, (_, i) => {
    const weight = count === 1 ? 0.5 : i / (count - 1);
    return { count: 1, input: { interpolate: { a, b, weight, method: "spherical" } } };
  });
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new GMemError("CONFIG", `sample: --request must be JSON, such as '{"label":3}', got "${text}"`, { cause });
  }
}

function numbers(flag: string, text: string): readonly number[] {
  const list = text.split(",").map(Number);
  if (list.some((value) => !Number.isSafeInteger(value) || value < 0))
    throw new GMemError("CONFIG", `sample: ${flag} needs row numbers, such as 3,42, got "${text}"`);
  return list;
}

function settingsOf(base: RunConfig["sampler"], options: SampleOptions): RunConfig["sampler"] {
  const { steps, solver, cfg, cfgInterval, cfgChannels, shift } = options;
  const given = Object.entries({ steps, solver, cfg, cfgInterval, cfgChannels, shift }).filter(
    ([, value]) => value !== undefined,
  );
  const checked = runSchema.shape.sampler.safeParse({ ...base, ...Object.fromEntries(given) });
  if (checked.success) return checked.data;
  const flag = (key: PropertyKey | undefined): string =>
    `--${String(key).replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  throw new GMemError(
    "CONFIG",
    `sample: ${checked.error.issues.map(({ path: [key], message }) => `${flag(key)}: ${message}`).join("; ")}`,
  );
}
