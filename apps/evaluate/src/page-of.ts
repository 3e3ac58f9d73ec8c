import { pngGrid } from "@gmem/datasets/png";
import { kmeans } from "@gmem/encoders/patch-kmeans";
import { nearestRows, transportShares } from "@gmem/metrics";
import { type ExtractedSet, type PictureSource, picturesAt } from "@gmem/metrics/folders";
import type { ReportImage } from "@gmem/report";
import { type DistanceShares, type EvaluationPage, histogram } from "@gmem/report/evaluation";
import { type Engine, key, type NDArray } from "@gmem/tensor";
import type { Reading } from "./reading.ts";

/** A side whose pictures can be looked at. */
export interface SeenSide {
  readonly source: PictureSource;
  readonly set: ExtractedSet;
}

interface Seeing extends Pick<Reading, "engine" | "resize"> {
  /** Whose features distances are of. */
  readonly features: string;
}

const shown = 48;
const clusters = 10;
/** Rows whose distances are drawn. */
const most = 10_000;

/** Pictures of both sides, and how far samples are from the nearest real picture beside what real ones are from each other. */
export async function pageOf(real: SeenSide, fake: SeenSide, how: Seeing): Promise<EvaluationPage> {
  const images: ReportImage[] = [];
  for (const [title, side] of Object.entries({ "real pictures": real, "fake pictures": fake }))
    images.push({ title, png: await gridOf(side, evenly(side.set.facts.ids.length, shown), { ...how, columns: 12 }) });
  const [a, b] = [rowsOf(real.set, how.features), rowsOf(fake.set, how.features)];
  if (Math.max(a.shape[0] as number, b.shape[0] as number) > most) return { images };
  const { engine } = how;
  const distances = async (x: NDArray<"f32">): Promise<Float64Array> =>
    (await nearestRows(x, a, { k: 1, engine })).squared.map(Math.sqrt);
  const series = histogram({
    "fake pictures": await distances(b),
    "real pictures, to another one": await distances(a),
  });
  return { images, charts: [{ title: "Distance to the nearest real picture", x: "distance", y: "share", series }] };
}

/** The parts of the Fréchet distance by class of the real pictures, or by cluster where they have none. */
export async function sharesOf(
  real: ExtractedSet,
  fake: ExtractedSet,
  { engine, features }: Pick<Seeing, "engine" | "features">,
): Promise<readonly DistanceShares[]> {
  const [a, b] = [rowsOf(real, features), rowsOf(fake, features)];
  const { labels, classes } = real.facts;
  const groups = labels ?? (await clusterRows(a, engine));
  const parts = await transportShares(a, b, { labels: groups, engine });
  if (!parts) return [];
  const by = labels ? "class" : "cluster";
  const metric = features === "inception" ? "FID" : `FD-${features}`;
  const named = parts.map(({ share, rows }, i) => ({ name: classes[i] ?? `${by} ${i + 1}`, share, real: rows }));
  return [{ metric, by, parts: named }];
}

async function clusterRows(rows: NDArray<"f32">, engine: Engine): Promise<Int32Array> {
  const centroids = await kmeans(rows, { clusters, steps: 20, engine, rng: key(0) });
  return (await nearestRows(rows, centroids, { k: 1, engine })).rows;
}

/** A grid of some pictures of a side, by rows of its features. */
export async function gridOf(
  { source, set }: SeenSide,
  rows: ArrayLike<number>,
  { resize = "none", columns }: Pick<Seeing, "resize"> & { readonly columns: number },
): Promise<Uint8Array> {
  const images = await picturesAt(source, rows, { facts: set.facts, resize });
  return pngGrid(images, { columns, scale: Math.max(1, Math.floor(64 / (images.shape[3] as number))) });
}

export const rowsOf = (set: ExtractedSet, features: string): NDArray<"f32"> =>
  set.features[features]?.features as NDArray<"f32">;

/** So many of n rows, evenly spaced. */
export const evenly = (n: number, count: number): Int32Array =>
  Int32Array.from({ length: Math.min(n, count) }, (_, i) => Math.floor((i * n) / Math.min(n, count)));
