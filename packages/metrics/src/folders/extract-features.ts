import { BadImagesError, leftOutNames, leftOutSummary } from "@gmem/datasets/folder";
import type { FeatureExtractor } from "@gmem/spec";
import { concatRows, counted, GMemError, type Named, type NDArray } from "@gmem/tensor";
import { computePart, partLength } from "./compute-part.ts";
import { type CachedPart, type CachedPass, type FeatureCache, passKey } from "./feature-cache.ts";
import { type PictureFit, pictureFit } from "./fit-picture.ts";
import { joinFacts, noFacts, type PictureFacts } from "./picture-facts.ts";
import type { PictureSource, Pictures, ReadingOptions } from "./pictures.ts";

export interface ExtractOptions extends ReadingOptions {
  /** All see each picture once it is decoded. */
  readonly extractors: readonly FeatureExtractor[];
  /** Default "none": pictures of several sizes are refused. */
  readonly resize?: PictureFit;
  /** Pictures that cannot be used: refuse them all and name them (the default), or leave them out and report them. */
  readonly onBad?: "refuse" | "skip";
  readonly cache?: FeatureCache | undefined;
}

/** What one pass over the pictures of a source gave. */
export interface ExtractedSet {
  readonly path: string;
  /** Digest of the pictures. */
  readonly content: string;
  readonly facts: PictureFacts;
  /** By extractor's name, then by output. */
  readonly features: Readonly<Record<string, Named<NDArray<"f32">>>>;
  /** What was not computed again. */
  readonly reused: { readonly pictures: number; readonly seconds: number };
}

/**
 * Features of all pictures of a source, by any number of extractors in one pass. What a cache holds is not computed again;
 * where it holds all, no picture is decoded.
 * @throws {BadImagesError} naming every picture that cannot be used. @throws {GMemError} code `DATA` for several sizes without
 * a resize, `NON_FINITE` naming the picture, `ABORTED`.
 * @example
 * // no-run
 * const set = await extractFeatures(await pictureSource("samples"), { extractors: [featureExtractor(randomVgg({ engine }))] });
 */
export async function extractFeatures(source: PictureSource, options: ExtractOptions): Promise<ExtractedSet> {
  const { extractors, resize = "none", onBad = "refuse", cache, signal, onProgress } = options;
  const fit = pictureFit(resize);
  const passes: (CachedPass | undefined)[] = [];
  const content = await source.content({ signal, onProgress });
  if (cache) {
    onProgress?.({ stage: "digest", done: 1, total: 1, result: `${content} of ${source.path}` });
    for (const { id } of extractors) passes.push(await cache.pass(passKey({ content, id, resize, onBad })));
  }
  const known = passes.map((pass) => pass?.whole);
  const isWhole = known.length > 0 && known.every((parts) => parts !== undefined && parts === known[0]);
  let pictures: Pictures | undefined = isWhole ? undefined : await source.open({ signal, onProgress });
  const count = pictures ? Math.ceil(pictures.length / partLength) : (known[0] as number);
  const found: CachedPart[][] = extractors.map(() => []);
  let facts = noFacts;
  let reused = { pictures: 0, seconds: 0 };
  for (let part = 0; part < count; part++) {
    const parts = await Promise.all(passes.map((pass) => pass?.part(part)));
    const missing = extractors.flatMap((_, i) => (parts[i] ? [] : [i]));
    let own: PictureFacts | undefined;
    if (missing.length > 0) {
      pictures ??= await source.open({ signal, onProgress });
      const computed = await computePart(pictures, {
        ...{ path: source.path, fit, size: sizeSoFar(facts, resize), signal, onProgress, onBad },
        from: part * partLength,
        to: Math.min(pictures.length, (part + 1) * partLength),
        hasBad: onBad === "refuse" && facts.leftOut.length > 0,
        extractors: missing.map((i) => extractors[i] as FeatureExtractor),
      });
      own = computed.facts;
      const isComplete = onBad === "skip" || own.leftOut.length + facts.leftOut.length === 0;
      for (const [at, i] of missing.entries()) {
        parts[i] = computed.parts[at] as CachedPart;
        if (isComplete) await passes[i]?.keep(part, parts[i]);
      }
    }
    own ??= JSON.parse((parts[0] as CachedPart).facts) as PictureFacts;
    for (const [i, cached] of parts.entries()) {
      (found[i] as CachedPart[]).push(cached as CachedPart);
      if (missing.includes(i)) continue;
      reused = { pictures: reused.pictures + own.ids.length, seconds: reused.seconds + (cached as CachedPart).seconds };
    }
    facts = joinFacts(facts, own);
  }
  if (facts.leftOut.length > 0 && onBad === "refuse") throw refusal(source.path, facts);
  if (facts.ids.length < 2)
    throw new GMemError("DATA", `folders: "${source.path}" must hold at least 2 pictures, got ${facts.ids.length}`);
  for (const pass of passes) if (pass && pass.whole !== count) await pass.finish(count);
  onProgress?.({
    stage: "pictures",
    done: facts.ids.length,
    total: facts.ids.length,
    result: `${counted(facts.ids.length, "picture")} of ${source.path}${saying(reused)}`,
  });
  const features = Object.fromEntries(extractors.map(({ name }, i) => [name, joined(found[i] as CachedPart[])]));
  return { path: source.path, content, facts, features, reused };
}

/** What other machines computed says no time. */
const saying = ({ pictures, seconds }: ExtractedSet["reused"]): string =>
  pictures === 0 ? "" : `, features of ${pictures} reused${seconds > 0 ? `: ${seconds.toFixed(1)} s saved` : ""}`;

/** The one size of the pictures so far, where nothing brings others to it. */
const sizeSoFar = ({ sizes }: PictureFacts, resize: string): string | undefined =>
  resize === "none" ? Object.keys(sizes)[0] : undefined;

/** Parts one after the other, by output. */
function joined(parts: readonly CachedPart[]): Named<NDArray<"f32">> {
  const names = Object.keys(parts.find(({ arrays }) => Object.keys(arrays).length > 0)?.arrays ?? {});
  const blocksOf = (name: string): NDArray<"f32">[] => parts.flatMap(({ arrays }) => arrays[name] ?? []);
  return Object.fromEntries(names.map((name) => [name, concatRows(blocksOf(name)) as NDArray<"f32">]));
}

function refusal(path: string, { leftOut, ids }: PictureFacts): BadImagesError {
  const names = leftOutNames(leftOut, 10).map((name) => `\n  ${name}`);
  return new BadImagesError(
    `folders: every picture of "${path}" must be usable, got ${leftOutSummary(leftOut)}; mend or remove them, or set onBad to skip to go on with the other ${ids.length}${names.join("")}`,
    leftOut,
  );
}
