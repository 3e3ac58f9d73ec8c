import { imageOpener, toArray } from "@gmem/datasets/folder";
import { build, conditioner, interpolate, unitRows } from "@gmem/memory-bank";
import { velocityModel } from "@gmem/model";
import { avalsOf, GMemError, meanRow, type NDArray, stack, takeRows, trace, zeros } from "@gmem/tensor";
import type { Run } from "./open-run.ts";
import { type RunSamplers, runSamplers } from "./run-sampler.ts";

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
  const { config, engine, model, state, tokenizer } = run;
  const drawing = velocityModel({
    backbone: model.backbone,
    conditioner: conditioner({ bank: build(snippets) }) as never,
    interpolant: model.interpolant,
    prediction: model.prediction,
    adapter: config.adapter,
  });
  return { request: { snippets }, ...runSamplers({ config, engine, model: drawing, state, tokenizer }) };
}

/** ŝ of texts [N,d], as the run's adapter gives them. */
async function textSnippets({ engine, state, conditioner: texts, parameters }: Run, said: readonly string[]) {
  if (texts.name !== "t2s")
    throw new GMemError("CONFIG", `mixTexts: needs a run that is conditioned on text, got ${texts.name}`);
  const feeds = await texts.resolve(zeros([said.length, 1, 1, 1]), texts.parse({ text: said }));
  const own = Object.fromEntries(Object.entries(avalsOf(parameters)).filter(([name]) => name.startsWith("t2s.")));
  const graph = trace({ feeds: texts.feeds(said.length), state: own }, ({ feeds: given, state: p }) => ({
    fetches: { s: texts.snippet(p, given) },
  }));
  const adapter = await engine.compile(graph, { state });
  try {
    return (await adapter.run(feeds)).s as NDArray<"f32">;
  } finally {
    await adapter.dispose();
  }
}

/** The mean of image files' snippets [1,d], of unit length. */
async function imageSnippet(run: Run, files: readonly string[]): Promise<NDArray<"f32">> {
  const { size, decode, background } = run.config.image;
  const open = imageOpener({ size, decode, background });
  const crops = await Promise.all(files.map(async (file) => toArray(await open(file))));
  const rows = unitRows(await (await run.encoder()).encode(stack(crops)));
  return meanRow(rows, { unit: true });
}
