import { mkdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { describedPng, pngGrid } from "@gmem/datasets/png";
import {
  type Draw,
  explainIssues,
  guidanceNote,
  type Mixture,
  mixTexts,
  openRun,
  type Run,
  type RunConfig,
  readRunConfig,
  runFiles,
  runSchema,
  scaleFor,
  usualBatch,
} from "@gmem/runs";
import type { SampleProgress, SampleResult } from "@gmem/samplers";
import { concatRows, counted, GMemError, type NDArray, takeRows } from "@gmem/tensor";
import { progress, stopOnInterrupt } from "@gmem/terminal";
import { writeSafetensors } from "@gmem/weights";
import { work } from "../terminal.ts";
import { openExpression } from "./expression.ts";
import { checkFromImage, drawFrom, startOf } from "./from-image.ts";
import { checkEnding, checkPlace, keepPicture, writePicture } from "./picture-file.ts";
import { flagsFrom, recordOf } from "./picture-settings.ts";
import type { SampleOptions } from "./sample-options.ts";
import { requestsOf, type Wanted } from "./sample-requests.ts";
import { readStoredNoise, type StoredNoise } from "./stored-noise.ts";
import { checkTexts, slug, textsOf } from "./text-requests.ts";

/** Characters of settings that a picture takes along: not those of thousands of texts. */
const mostSaid = 10_000;

/** `gmem-train sample`. */
export async function sampleRun(folder: string, given: SampleOptions): Promise<void> {
  const { classes, config } = readRunConfig(runFiles(folder));
  const told = given.from === undefined ? {} : await flagsFrom(given.from, classes);
  const options: SampleOptions & { readonly seed: number } = { seed: 0, ...told, ...given };
  const { weights, latents: latentsFile } = options;
  if (weights !== "ema" && weights !== "model")
    throw new GMemError("CONFIG", `sample: --weights must be ema or model, got "${weights}"`);
  if (latentsFile !== undefined && options.out !== undefined)
    throw new GMemError("CONFIG", "sample: --latents and --out exclude each other; pictures are made of --out alone");
  if (options.out !== undefined) checkEnding("--out", options.out);
  if (latentsFile !== undefined) checkEnding("--latents", latentsFile, [".safetensors"]);
  checkFromImage(options);
  const stored = options.noise === undefined ? undefined : await readStoredNoise(options.noise);
  const said = await textsOf(options);
  const wanted = requestsOf({ ...options, said }, stored);
  const others = [options.request, stored?.snippets, options.expression].some((one) => one !== undefined);
  checkTexts(folder, config, { texts: said !== undefined, others });
  const run = await openRun(folder, { weights, ...work() });
  try {
    await checkPlace(latentsFile ?? options.out ?? join(run.files.samples, `${nameOf(options, said)}.png`));
    const drawn = await drawAll(run, { wanted, stored, options });
    const about = said && textsInTurn(said, wanted);
    const count = drawn.reduce((sum, { latents }) => sum + (latents.shape[0] as number), 0);
    const { nfe, forwards } = drawn[0] as Drawn;
    const record = recordOf(options, { count, settings: settingsOf(config.sampler, options), said });
    const settings = JSON.stringify(record).length > mostSaid ? undefined : record;
    const pngOf = async () => describedPng(await gridOf(run, drawn, options), { texts: about, settings });
    const out =
      latentsFile ?? options.out ?? (await keepPicture(run.files.samples, nameOf(options, said), await pngOf()));
    if (latentsFile !== undefined) {
      await mkdir(dirname(out), { recursive: true });
      await writeSafetensors(out, { latents: concatRows(drawn.map(({ latents }) => latents)) });
    } else if (options.out !== undefined) await writePicture(out, await pngOf());
    process.stdout.write(
      options.json ? `${JSON.stringify({ out, count, nfe, forwards, ...(about && { texts: about }) })}\n` : `${out}\n`,
    );
  } finally {
    await run.close();
  }
}

/** What was asked for, as a file name. */
function nameOf(
  { seed = 0, first, rows, label, interpolate, expression, noise, add, fromImage }: SampleOptions,
  said: readonly string[] | undefined,
): string {
  const asked = [
    noise === undefined ? `seed-${seed}` : "noise",
    first === undefined ? "" : `first-${first}`,
    rows === undefined ? "" : `rows-${rows.replaceAll(/[^\d]+/g, "-").slice(0, 40)}`,
    label === undefined ? "" : `label-${label}`,
    said === undefined ? "" : slug(said),
    expression === undefined ? "" : slug([expression]),
    add === undefined ? "" : "mixed",
    fromImage === undefined ? "" : `from-${slug([basename(fromImage)])}`,
    interpolate === undefined ? "" : `strip-${interpolate.replaceAll(/[^\d]+/g, "-")}`,
  ];
  return asked.filter(Boolean).join("-");
}

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
  const { add, weight = 0.5 } = options;
  const texts = await textsOf(options);
  const mixture =
    add && texts
      ? await mixTexts(run, { texts, images: add, weight })
      : options.expression && (await openExpression(run, options.expression));
  const drawing = mixture || run;
  const requests = wanted.map(({ count, input, given }) => ({ count, request: given ?? run.conditioner.parse(input) }));
  const total = requests.reduce((sum, { count }) => sum + count, 0);
  const line = progress({ label: "sample", total: total * settings.steps });
  const signal = stopOnInterrupt("finishing this step");
  const { noise, stepNoise } = stored ?? {};
  const start = await startOf(run, options);
  const drawn: Drawn[] = [];
  for (const { count, request } of requests) {
    const before = drawn.length;
    const onProgress = ({ samples, step, steps }: SampleProgress): void =>
      line.update((before + samples) * steps + step, `step ${step} of ${steps}`);
    const own: Draw = {
      request: mixture ? inTurnOf(mixture, { count, from: options.first ?? 0 }) : request,
      count,
      seed: options.seed ?? 0,
      firstId: options.first ?? 0,
      signal,
      onProgress,
      ...(noise && { noise }),
      ...(stepNoise && { stepNoise }),
    };
    if (start) {
      drawn.push(await drawFrom(run, { order: { ...own, settings, start }, onProgress }));
      continue;
    }
    const sampler = await drawing.sampler(settings, { batchSize: usualBatch(count) });
    drawn.push(await (options.latents === undefined ? sampler.draw(own) : sampler.drawLatents(own)));
  }
  if (mixture) await mixture.close();
  const { nfe, forwards } = drawn[0] as Drawn;
  const noun = options.latents === undefined ? "picture" : "latent";
  line.finish(`${counted(total, noun)} · ${counted(nfe, "evaluation")}, ${counted(forwards, "forward")} each`);
  return drawn;
}

/** The mixtures of the pictures from … of a grid, in turn. */
function inTurnOf(
  { request: { snippets } }: Mixture,
  { count, from }: { readonly count: number; readonly from: number },
) {
  const rows = snippets.shape[0] as number;
  return {
    snippets: takeRows(
      snippets,
      Int32Array.from({ length: count }, (_, i) => (from + i) % rows),
    ),
  };
}

/** The text of each picture, or the one of all. */
function textsInTurn(said: readonly string[], wanted: readonly Wanted[]): readonly string[] {
  const inputs = wanted.map(({ input }) => (input as { readonly text?: readonly string[] } | undefined)?.text ?? said);
  return inputs.flat();
}

function gridOf({ config }: Run, drawn: readonly Drawn[], { interpolate }: SampleOptions): Promise<Uint8Array> {
  const images = concatRows(drawn.flatMap(({ images: own }) => own ?? []));
  const columns = interpolate === undefined ? {} : { columns: images.shape[0] as number };
  return pngGrid(images, { scale: scaleFor(config.image.size), ...columns });
}

function settingsOf(base: RunConfig["sampler"], options: SampleOptions): RunConfig["sampler"] {
  const { steps, solver, cfg, cfgInterval, cfgChannels, shift } = options;
  const given = Object.entries({ steps, solver, cfg, cfgInterval, cfgChannels, shift }).filter(
    ([, value]) => value !== undefined,
  );
  const value = { ...base, ...Object.fromEntries(given) };
  const schema = runSchema.shape.sampler;
  const checked = schema.safeParse(value);
  if (checked.success) return checked.data;
  const named = ([key]: readonly PropertyKey[]): string =>
    `--${String(key).replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  throw new GMemError("CONFIG", `sample: ${explainIssues(checked.error.issues, { schema, value, named })}`);
}
