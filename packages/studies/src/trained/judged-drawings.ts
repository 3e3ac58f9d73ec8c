import { loadImages } from "@gmem/datasets";
import { type Drawings, drawings } from "@gmem/datasets/drawings";
import { type FitPatchKmeansOptions, fitPatchKmeans, patchKmeans } from "@gmem/encoders/patch-kmeans";
import { unitRows } from "@gmem/memory-bank";
import type { Run } from "@gmem/runs";
import { namedDrawings } from "@gmem/runs/demo";
import { GMemError, key, type NDArray } from "@gmem/tensor";
import type { CellContext } from "../frame/cell-kind.ts";

/** Which drawings a cell looks at. */
export interface JudgedDrawingsSettings {
  /** Names of the sets, those that the run learned from and others. */
  readonly styles: readonly string[];
  /** So many concepts that every style has; equally many drawings of each style. */
  readonly concepts: number;
}

/** Drawings of the same concepts in several styles, and a space to compare pictures in. */
export interface JudgedDrawings {
  /** Drawings [n,3,S,S] of some of the concepts, by their number, in a style. */
  in(style: string, concepts: readonly number[]): Promise<NDArray<"f32">>;
  /** Where pictures lie: unit vectors [n,d] of an encoder that no run has a part in. */
  place(pictures: NDArray<"f32">): Promise<NDArray<"f32">>;
}

/** Another encoder than runs of drawings have: other patches, another size, another seed. */
const judgeOf = (images: number): FitPatchKmeansOptions => ({
  dim: Math.min(128, Math.floor(images / 2)),
  clusters: 100,
  patchSize: 5,
  pooling: 3,
  patches: Math.min(30_000, 50 * images),
  seed: 7,
});

/**
 * Opens drawings beside a run of drawings, with a space that is learned from all of them.
 * @throws {GMemError} code `CONFIG` for a run of other pictures, or for fewer concepts than are asked for.
 */
export async function withJudgedDrawings<T>(
  { run, context }: { readonly run: Run; readonly context: CellContext },
  { styles, concepts }: JudgedDrawingsSettings,
  work: (judged: JudgedDrawings) => Promise<T>,
): Promise<T> {
  const { data, image } = run.config;
  if (!namedDrawings(String(data)))
    throw new GMemError("CONFIG", `study: needs drawings in several styles, got data=${String(data)}; leave data out`);
  const { size, background } = image;
  const all = await drawings({ sets: styles, size, background });
  const table = rowsInEvery(all, { concepts, seed: context.seed });
  const rowsOf = (style: string): readonly number[] => table[styles.indexOf(style)] as readonly number[];
  const { engine } = run;
  const images = await loadImages(all, table.flat());
  const signal = context.signal ? { signal: context.signal } : {};
  const space = patchKmeans(
    await fitPatchKmeans(images, { ...judgeOf(images.shape[0] as number), engine, ...signal }),
    { engine },
  );
  try {
    return await work({
      in: (style, wanted) =>
        loadImages(
          all,
          wanted.map((concept) => rowsOf(style)[concept] as number),
        ),
      place: async (pictures) => unitRows(await space.encode(pictures)),
    });
  } finally {
    await space.dispose();
  }
}

/** For each style the rows of the same concepts, which all styles have, in an order of the seed. */
function rowsInEvery(
  { styles, conceptOf, styleOf, concepts }: Drawings,
  { concepts: count, seed }: { readonly concepts: number; readonly seed: number },
): readonly (readonly number[])[] {
  const rowAt = styles.map(() => new Map<number, number>());
  conceptOf.forEach((concept, row) => {
    rowAt[styleOf[row] as number]?.set(concept, row);
  });
  const common = concepts.map((_, concept) => concept).filter((concept) => rowAt.every((rows) => rows.has(concept)));
  if (common.length < count)
    throw new GMemError(
      "CONFIG",
      `study: needs ${count} concepts that ${styles.join(", ")} have, got ${common.length}`,
    );
  const order = key(seed).split("concepts of a study").permutation(common.length).subarray(0, count);
  return rowAt.map((rows) => Array.from(order, (at) => rows.get(common[at] as number) as number));
}
