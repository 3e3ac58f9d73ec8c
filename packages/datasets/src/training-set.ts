import type { LatentShape, LatentTrainingSet } from "@gmem/spec";
import { array, concatRows, GMemError, type NDArray, type Rng, ShapeError, takeRows } from "@gmem/tensor";
import type { CaptionVectors } from "./captions/caption-vectors.ts";
import { drawTexts } from "./captions/draw-texts.ts";
import { flipCoin } from "./mirror.ts";
import { lengthOf, type RowSource, rowsOf, type StoredRows } from "./rows-of.ts";
import { checkRows } from "./rows-that-are-there.ts";

/** What is known of every picture in one orientation. */
export interface Orientation {
  /** [N,C,H,W], in memory or stored. */
  readonly latents: NDArray<"f32"> | StoredRows;
  /** σ of latents that are means of a posterior [N,C,H,W]: each visit draws mean + σξ. */
  readonly deviations?: RowSource;
  /** [N,d]. */
  readonly snippets?: RowSource;
  /** Tokens for the REPA loss [N,T,width], of one or more encoders. */
  readonly targets?: readonly RowSource[];
}

export interface TrainingSetParts extends Orientation {
  /** [N]. */
  readonly labels?: ArrayLike<number>;
  /** Vectors of captions: a batch has one caption's of each row. */
  readonly texts?: CaptionVectors;
  /** The mirror images. One coin a visit chooses between them and the pictures, for all parts together. */
  readonly mirrored?: Orientation;
}

/** Every source of rows by its name: `latents` …, `targets 0`, `targets 1` …. */
function sourcesOf({ latents, deviations, snippets, targets = [] }: Orientation): Readonly<Record<string, RowSource>> {
  return {
    latents,
    ...(deviations && { deviations }),
    ...(snippets && { snippets }),
    ...Object.fromEntries(targets.map((source, i) => [`targets ${i}`, source])),
  };
}

/**
 * A training set. Its parts are in memory or fetched by row, such as snippets from a memory bank.
 * @throws {ShapeError} if the latents are not [N,C,H,W] or the other parts have another length; {GMemError} code `DATA` if
 * the mirror images lack a part.
 * @example
 * const set = trainingSet({ latents: zeros([6, 3, 4, 4]), labels: [0, 1, 0, 1, 0, 1] });
 * const { latents } = await set.batch(Int32Array.of(5, 0)); // [2,3,4,4]
 */
export function trainingSet(parts: TrainingSetParts): LatentTrainingSet {
  if (!parts?.latents?.shape)
    throw new GMemError("CONFIG", `trainingSet: needs { latents } [N,C,H,W], got ${parts ? "none" : parts}`);
  const { latents, labels, texts, mirrored } = parts;
  const [length, channels, height, width] = latents.shape;
  if (latents.shape.length !== 4 || length === undefined)
    throw new ShapeError("trainingSet", "latents must be [N,C,H,W]", [latents.shape]);
  const [sources, mirrors] = [sourcesOf(parts), mirrored ? sourcesOf(mirrored) : {}];
  checkParts(parts, length);
  const kept = labels && Int32Array.from(labels);
  return {
    length,
    latent: [channels, height, width] as unknown as LatentShape,
    async batch(index, rng) {
      checkRows("trainingSet", index, length);
      const turned = Array.from(index, (_, i) => mirrored !== undefined && rng !== undefined && flipCoin(rng, i));
      const found = Object.fromEntries(
        await Promise.all(
          Object.entries(sources).map(
            async ([name, source]) => [name, await visited(source, mirrors[name], { index, turned })] as const,
          ),
        ),
      );
      const { latents: means, deviations, snippets } = found;
      return {
        index,
        latents: deviations && rng ? sampled(means as NDArray<"f32">, deviations, rng) : (means as NDArray<"f32">),
        ...(snippets && { snippets }),
        ...(parts.targets && { targets: parts.targets.map((_, i) => found[`targets ${i}`] as NDArray<"f32">) }),
        ...(texts && { texts: drawTexts(texts, index, rng) }),
        ...(kept && { labels: takeRows(array(kept, [length], "i32"), index).data }),
      };
    },
  };
}

function checkParts({ labels, texts, mirrored, ...parts }: TrainingSetParts, length: number): void {
  const [sources, mirrors] = [sourcesOf(parts), mirrored && sourcesOf(mirrored)];
  const counted = {
    labels: labels?.length,
    texts: texts && texts.first.length - 1,
    ...Object.fromEntries(Object.entries(sources).map(([name, source]) => [name, lengthOf(source)])),
    ...Object.fromEntries(
      Object.entries(mirrors ?? {}).map(([name, source]) => [`mirrored ${name}`, lengthOf(source)]),
    ),
  };
  for (const [name, count] of Object.entries(counted))
    if (count !== undefined && count !== length)
      throw new ShapeError("trainingSet", `${name} must have the ${length} rows of the latents`, [[count]]);
  const lacking = mirrors && Object.keys(sources).find((name) => !mirrors[name]);
  if (lacking)
    throw new GMemError(
      "DATA",
      `trainingSet: the mirror images must have every part of the pictures, got no ${lacking}`,
    );
}

/** Rows of pictures, or of their mirror images where `turned` says so. */
async function visited(
  source: RowSource,
  mirror: RowSource | undefined,
  { index, turned }: { readonly index: Int32Array; readonly turned: readonly boolean[] },
): Promise<NDArray<"f32">> {
  if (!mirror || !turned.includes(true)) return rowsOf(source, index);
  if (!turned.includes(false)) return rowsOf(mirror, index);
  const [straight, other] = [index.filter((_, i) => !turned[i]), index.filter((_, i) => turned[i])];
  const both = concatRows(await Promise.all([rowsOf(source, straight), rowsOf(mirror, other)]));
  const next = { straight: 0, other: straight.length };
  return takeRows(
    both,
    turned.map((is) => (is ? next.other++ : next.straight++)),
  );
}

/** mean + σξ, ξ of the i-th sample by its own key. */
function sampled(mean: NDArray<"f32">, deviation: NDArray<"f32">, rng: Rng): NDArray<"f32"> {
  const [n = 0, ...latent] = mean.shape;
  const noise = concatRows(
    Array.from({ length: n }, (_, i) =>
      rng
        .split(i)
        .split("posterior")
        .normal([1, ...latent]),
    ),
  );
  const data = mean.data.map((value, i) => value + (deviation.data[i] as number) * (noise.data[i] as number));
  return { ...mean, data };
}
