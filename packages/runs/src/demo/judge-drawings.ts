import { loadImages } from "@gmem/datasets";
import type { Drawings } from "@gmem/datasets/drawings";
import { fitPatchKmeans, patchKmeans } from "@gmem/encoders/patch-kmeans";
import type { Conditioner } from "@gmem/spec";
import { concatRows, type Engine, GMemError, key, type NDArray, stopIfAborted } from "@gmem/tensor";
import type { RunConfig } from "../config/schema.ts";
import type { RunFiles } from "../folder/run-files.ts";
import type { RunSamplers } from "../open/run-sampler.ts";
import { needsOf } from "../parts/conditioner.ts";
import { openEncoder } from "../parts/encoder.ts";
import { namedDrawings, openSplitDrawings } from "../parts/open-drawings.ts";
import type { WorkOptions } from "../progress.ts";
import { type Share, shareOf } from "./adherence.ts";
import { boxMeans } from "./box-means.ts";
import { nearestConcepts } from "./nearest-concepts.ts";

/** Drawings of each group. */
const groupSize = 192;
const batchSize = 64;

/** What a run draws of drawings. */
export interface JudgedRun extends Pick<RunSamplers, "sampler"> {
  readonly config: RunConfig;
  readonly engine: Engine;
  readonly conditioner: Conditioner;
  readonly files: Pick<RunFiles, "encoder">;
}

/** Of one group of drawings: the concept of the nearest real drawing is the one that was asked for. */
export interface ConceptVerdict {
  readonly nearest: Share;
  /** It is among the five nearest concepts. */
  readonly amongFive: Share;
  /** The nearest concept is of the same group, one of eight. */
  readonly group: Share;
}

/** How well a run draws what it was asked for, each share over 192 drawings. */
export interface DrawingsVerdict {
  /** Drawings that training saw. */
  readonly trained: ConceptVerdict;
  /** Concepts that training saw in other styles. */
  readonly heldOutPairs: ConceptVerdict;
  /** Concepts that training did not see. */
  readonly heldOutConcepts: ConceptVerdict;
  /** All of them, each held against what another was asked for: chance. */
  readonly shuffled: ConceptVerdict;
}

/**
 * Draws by the captions of drawings, or by their snippets where the run has a bank, and looks for the nearest real drawing
 * among all concepts and styles. Pictures are compared at 16 pixels, or at their own size where it is no multiple, by an
 * encoder that is learned here from patches of another size and seed: the run has no part in it.
 * @throws {GMemError} code `CONFIG` if the run is not one of drawings.
 */
export async function judgeDrawings(run: JudgedRun, work: WorkOptions = {}): Promise<DrawingsVerdict> {
  const { config, engine } = run;
  if (!namedDrawings(String(config.data)))
    throw new GMemError("CONFIG", `judgeDrawings: needs a run of drawings, got data=${String(config.data)}`);
  const side = config.image.size % 16 === 0 ? 16 : config.image.size;
  const { images, split } = await openSplitDrawings({ ...config, image: { ...config.image, size: side } });
  const rng = key(config.seed).split("judged drawings");
  const rows = (["train", "heldOutPairs", "heldOutConcepts"] as const).map((group) => {
    const all = split[group];
    return rng
      .split(group)
      .permutation(all.length)
      .slice(0, groupSize)
      .map((at) => all[at] as number); // at random
  });
  const asked = Int32Array.from(rows.flatMap((group) => [...group]));
  const fake = await drawn(run, { images, asked, side, ...work }); // [n,3,side,side]
  const real = await loadImages(
    images,
    Int32Array.from({ length: images.length }, (_, i) => i),
  ); // [M,3,side,side]
  const space = patchKmeans(
    await fitPatchKmeans(real, { ...judge, engine, ...(work.signal && { signal: work.signal }) }),
    { engine },
  );
  try {
    const { conceptOf, concepts } = images;
    const found = nearestConcepts(await space.encode(fake), { real: await space.encode(real), conceptOf, count: 5 });
    const said = Array.from(asked, (row) => conceptOf[row] as number);
    const groups = concepts.map(({ group }) => group);
    let from = 0;
    const [trained, heldOutPairs, heldOutConcepts] = rows.map(({ length }) => {
      const to = from + length;
      const one = verdictOf(found.slice(from, to), { said: said.slice(from, to), groups });
      from = to;
      return one;
    }) as [ConceptVerdict, ConceptVerdict, ConceptVerdict];
    const others = said.map((_, i) => said[(i + Math.ceil(said.length / 2)) % said.length] as number);
    return { trained, heldOutPairs, heldOutConcepts, shuffled: verdictOf(found, { said: others, groups }) };
  } finally {
    await space.dispose();
  }
}

/** Another encoder than runs of drawings have. */
const judge = { dim: 128, clusters: 100, patchSize: 5, pooling: 3, patches: 30_000, images: 2000, seed: 7 } as const;

interface Said {
  /** The concept of each picture, [n]. */
  readonly said: readonly number[];
  /** The group of each concept. */
  readonly groups: readonly string[];
}

/** Of the concepts nearest to each picture, nearest first. */
function verdictOf(found: readonly (readonly number[])[], { said, groups }: Said): ConceptVerdict {
  const share = (is: (near: readonly number[], concept: number) => boolean): Share =>
    shareOf(found.filter((near, i) => is(near, said[i] as number)).length, found.length);
  return {
    nearest: share(([first], concept) => first === concept),
    amongFive: share((near, concept) => near.includes(concept)),
    group: share(([first = -1], concept) => groups[first] === groups[concept]),
  };
}

interface Asked extends WorkOptions {
  readonly images: Drawings;
  readonly asked: Int32Array;
  readonly side: number;
}

/** What the run draws for each of the rows, [n,3,side,side]. */
async function drawn(run: JudgedRun, { images, asked, side, ...work }: Asked): Promise<NDArray<"f32">> {
  const { config } = run;
  const sampler = await run.sampler(config.sampler, { batchSize });
  const requests = await openRequests(run, images);
  try {
    const parts: NDArray<"f32">[] = [];
    for (let at = 0; at < asked.length; at += batchSize) {
      stopIfAborted(work.signal, `judge: stopped after ${at} pictures`);
      const rows = asked.subarray(at, at + batchSize);
      const request = await requests.of(rows);
      const { images: pictures } = await sampler.draw({ request, count: rows.length, seed: config.seed + at });
      parts.push(boxMeans(pictures, side));
      work.onProgress?.({ stage: "judge", done: at + rows.length, total: asked.length });
    }
    return concatRows(parts);
  } finally {
    await requests.close();
  }
}

interface Requests {
  of(rows: Int32Array): Promise<unknown>;
  close(): Promise<void>;
}

/** What is asked for each drawing: the caption that says its style, or where the run has a bank its snippet. */
async function openRequests({ config, engine, conditioner, files }: JudgedRun, captioned: Drawings): Promise<Requests> {
  if (needsOf(config.conditioner).text)
    return {
      of: async (rows) =>
        conditioner.parse({
          text: await Promise.all(Array.from(rows, async (row) => (await captioned.captionsAt(row))[1])),
        }),
      close: async () => {},
    };
  const { images } = await openSplitDrawings(config);
  const encoder = await openEncoder(config.encoder, { engine, path: files.encoder, seed: config.seed });
  return {
    of: async (rows) => ({ snippets: await encoder.encode(await loadImages(images, rows)) }),
    close: async () => encoder.dispose?.(),
  };
}
