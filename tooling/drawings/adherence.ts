import { loadImages } from "@gmem/datasets";
import { type Drawings, drawings, splitDrawings } from "@gmem/datasets/drawings";
import { fitPatchKmeans, patchKmeans } from "@gmem/encoders/patch-kmeans";
import { unitRows } from "@gmem/memory-bank";
import { openRun, type Run } from "@gmem/runs";
import { concatRows, type NDArray } from "@gmem/tensor";

/** What of captions came true. */
export interface Adherence {
  readonly captions: number;
  /** Shares of captions whose concept is among the first 1 or 5 concepts, by their nearest pictures; and whose group is the first's. */
  readonly top1: number;
  readonly top5: number;
  readonly group: number;
}

/** Captions of a kind; the others' pictures in their place are "shuffled". */
const perKind = 176;
/** Pictures of one run of the sampler. */
const batch = 16;

/**
 * Draws captions that a run was trained on, of pairs of concept and style that were held out, and of concepts that it has never
 * seen, and looks for the nearest real pictures in the space of an encoder with another seed and other sizes than the run's.
 */
export async function measureAdherence(model: string): Promise<Readonly<Record<string, Adherence>>> {
  const run = await openRun(model);
  try {
    const { data, seed, image } = run.config;
    const [, sets] = String(data).split(":");
    const all = await drawings({ size: image.size, ...(sets !== undefined && { sets: sets.split(",") }) });
    const split = splitDrawings(all, { seed });
    const judge = await judgeOf(all, run);
    const result: Record<string, Adherence> = {};
    for (const [kind, rows] of Object.entries({
      trained: split.train,
      "held-out style of a concept": split.heldOutPairs,
      "unseen concept": split.heldOutConcepts,
    })) {
      const step = Math.max(1, Math.floor(rows.length / perKind));
      const asked = rows.filter((_, i) => i % step === 0).slice(0, perKind);
      const found = await judge(await drawn(run, all, asked));
      result[kind] = score(all, asked, found);
      if (kind === "trained")
        result["trained, shuffled"] = score(all, asked, [...found.slice(perKind / 2), ...found.slice(0, perKind / 2)]);
    }
    return result;
  } finally {
    await run.close();
  }
}

/** A picture of each row by its caption with the style in words, [N,3,H,W]. */
async function drawn(run: Run, all: Drawings, rows: Int32Array): Promise<NDArray<"f32">> {
  const sampler = await run.sampler(run.config.sampler, { batchSize: batch });
  const done: NDArray<"f32">[] = [];
  for (let first = 0; first < rows.length; first += batch) {
    const own = Array.from(rows.subarray(first, first + batch));
    const text = await Promise.all(own.map(async (row) => (await all.captionsAt(row))[1] as string));
    const request = run.conditioner.parse({ text });
    done.push((await sampler.draw({ request, count: own.length, seed: 1, firstId: first })).images);
  }
  return concatRows(done);
}

type Judge = (images: NDArray<"f32">) => Promise<readonly (readonly number[])[]>;

/** Pictures → the five concepts whose real pictures are nearest. */
async function judgeOf(all: Drawings, { engine, config }: Run): Promise<Judge> {
  const images = await loadImages(
    all,
    Int32Array.from({ length: all.length }, (_, row) => row),
  );
  const options = { engine, seed: config.seed + 1, dim: 128, clusters: 120, patchSize: 5, pooling: 2 } as const;
  const encoder = patchKmeans(await fitPatchKmeans(images, options), { engine });
  const real = unitRows(await encoder.encode(images)); // [M,d]
  return async (pictures) => {
    const seen = unitRows(await encoder.encode(pictures));
    const [count = 0, d = 0] = seen.shape;
    return Array.from({ length: count }, (_, i) => {
      const row = seen.data.subarray(i * d, (i + 1) * d);
      const cosines = Array.from({ length: all.length }, (_, j) =>
        row.reduce((sum, value, k) => sum + value * (real.data[j * d + k] as number), 0),
      );
      const order = cosines.map((_, j) => j).sort((a, b) => (cosines[b] as number) - (cosines[a] as number));
      return [...new Set(order.slice(0, 200).map((j) => all.conceptOf[j] as number))].slice(0, 5);
    });
  };
}

function score(all: Drawings, rows: Int32Array, found: readonly (readonly number[])[]): Adherence {
  const share = (holds: (asked: number, concepts: readonly number[]) => boolean): number =>
    found.filter((concepts, i) => holds(all.conceptOf[rows[i] as number] as number, concepts)).length / found.length;
  const groupOf = (concept: number | undefined): string | undefined => all.concepts[concept ?? -1]?.group;
  return {
    captions: rows.length,
    top1: share((asked, [first]) => first === asked),
    top5: share((asked, concepts) => concepts.includes(asked)),
    group: share((asked, [first]) => groupOf(first) === groupOf(asked)),
  };
}
