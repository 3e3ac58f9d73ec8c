import { imageOpener, toArray } from "@gmem/datasets/folder";
import { interpolate, unitRows } from "@gmem/memory-bank";
import { meanRow, type NDArray, stack, takeRows } from "@gmem/tensor";
import type { Run } from "./open-run.ts";
import { type RunSamplers, runSamplers } from "./run-sampler.ts";
import { snippetModel } from "./snippet-model.ts";
import { textAdapter } from "./text-adapter.ts";

export interface MixTextsOptions {
  readonly texts: readonly string[];
  /** Image files, decoded and cropped as in training. */
  readonly images: readonly string[];
  /** Share of the images, 0 … 1. */
  readonly weight: number;
}

/** What draws mixtures: texts and images have become snippets. */
export interface Mixture extends RunSamplers {
  /** A row for each text. */
  readonly request: { readonly snippets: NDArray<"f32"> };
}

/**
 * Mixes what texts say with images: the snippet of each text goes towards the mean snippet of the images, on the sphere. The
 * same network draws them as it draws a bank's rows.
 * @throws {GMemError} code `CONFIG` for a run that is not conditioned on text, `WEIGHTS` without the encoder of its snippets.
 * @example
 * // no-run
 * const run = await openRun("runs/drawings-text");
 * const mixture = await mixTexts(run, { texts: ["a heart"], images: ["photo.png"], weight: 0.5 });
 * const sampler = await mixture.sampler(run.config.sampler, { batchSize: 4 });
 * const { images } = await sampler.draw({ request: mixture.request, count: 4, seed: 0 });
 */
export async function mixTexts(run: Run, { texts, images, weight }: MixTextsOptions): Promise<Mixture> {
  const said = await textSnippets(run, texts);
  const seen = await imageSnippet(run, images);
  const others = takeRows(seen, new Int32Array(texts.length));
  const snippets = interpolate(said, others, { weightOfSecond: weight, method: "spherical" });
  const { config, engine, state, tokenizer } = run;
  return { request: { snippets }, ...runSamplers({ config, engine, model: snippetModel(run), state, tokenizer }) };
}

/** ŝ of texts [N,d], as the run's adapter gives them. */
async function textSnippets(run: Run, said: readonly string[]): Promise<NDArray<"f32">> {
  const adapter = await textAdapter(run);
  return adapter.snippets(said).finally(() => adapter.close());
}

/** The mean of image files' snippets [1,d], of unit length. */
async function imageSnippet(run: Run, files: readonly string[]): Promise<NDArray<"f32">> {
  const { size, decode, background } = run.config.image;
  const open = imageOpener({ size, decode, background });
  const crops = await Promise.all(files.map(async (file) => toArray(await open(file))));
  const rows = unitRows(await (await run.encoder()).encode(stack(crops)));
  return meanRow(rows, { unit: true });
}
