import type { CaptionVectors } from "@gmem/datasets/captions";
import type { TextEncoder } from "@gmem/spec";
import { GMemError } from "@gmem/tensor";
import type { WorkOptions } from "../progress.ts";
import { type Captioned, captionLists } from "./caption-lists.ts";
import { textVectors } from "./text-vectors.ts";

export interface CaptionVectorsOptions extends WorkOptions {
  readonly encoder: TextEncoder;
  /** Where vectors are kept; see {@link textVectors}. */
  readonly folder?: string | undefined;
  /** Of what the pictures are, for errors. */
  readonly about: string;
}

/** Vectors of the captions of several sets of pictures, in their order, and what was found. */
export interface FoundCaptions {
  readonly sets: readonly CaptionVectors[];
  /** Captions of all sets together. */
  readonly captions: number;
  /** Different ones, sorted: each is encoded once. */
  readonly texts: readonly string[];
  /** Pictures without one. */
  readonly without: number;
  /** Texts that the encoder hears the beginning of. */
  readonly cut: number;
}

/**
 * Encodes every different caption of some sets of pictures, which share one cache whatever their order.
 * @throws {GMemError} code `DATA` if no picture has a caption, `NON_FINITE` naming a caption and its picture, `ABORTED`.
 */
export async function captionVectors(
  sets: readonly Captioned[],
  options: CaptionVectorsOptions,
): Promise<FoundCaptions> {
  const { encoder, about, ...work } = options;
  const lists: (readonly (readonly string[])[])[] = [];
  for (const set of sets) lists.push(await captionLists(set, work));
  const all = lists.flat(2);
  const without = lists.flat().filter(({ length }) => length === 0).length;
  const pictures = lists.flat().length;
  if (all.length === 0)
    throw new GMemError(
      "DATA",
      `data: needs captions, got ${pictures} pictures from ${about} without one; put NAME.txt beside each picture, or a metadata.jsonl with "file_name" and "text" into the folder`,
    );
  const texts = [...new Set(all)].sort();
  const result =
    without > 0 ? `${all.length} captions; ${without} of ${pictures} pictures without one` : `${all.length}`;
  work.onProgress?.({ stage: "captions", done: pictures, total: pictures, result });
  const nameOf = (text: string): string => `${JSON.stringify(text)}, of picture ${pictureOf(text, lists)}`;
  const vectors = await textVectors(texts, { encoder, nameOf, ...work });
  const different = texts.length < all.length ? `${texts.length} different captions` : `${texts.length} captions`;
  work.onProgress?.({
    stage: "texts",
    done: 1,
    total: 1,
    result: `${different} · ${encoder.name}, ${encoder.dim} wide`,
  });
  const cut = sayCut(texts, { encoder, ...work });
  const rowOf = new Map(texts.map((text, row) => [text, row]));
  return {
    sets: lists.map((list) => ({ dim: encoder.dim, encoderId: encoder.id, vectors, ...rowsOf(list, rowOf) })),
    captions: all.length,
    texts,
    without,
    cut,
  };
}

/** Says how many texts are longer than the encoder hears. @returns their number */
export function sayCut(
  texts: readonly string[],
  { encoder, onProgress }: Pick<WorkOptions, "onProgress"> & { readonly encoder: TextEncoder },
): number {
  const cut = encoder.cut?.(texts) ?? [];
  if (cut.length === 0) return 0;
  const first = JSON.stringify(`${(texts[cut[0] as number] as string).slice(0, 40)}…`);
  const result = `${cut.length} of ${texts.length} texts are longer than ${encoder.name} hears, such as ${first}; their ends are left out`;
  onProgress?.({ stage: "texts cut", done: cut.length, total: texts.length, result });
  return cut.length;
}

/** The vectors of each row: where its captions begin, and which vector each has. */
function rowsOf(
  lists: readonly (readonly string[])[],
  rowOf: ReadonlyMap<string, number>,
): Pick<CaptionVectors, "first" | "which"> {
  const first = new Int32Array(lists.length + 1);
  for (const [row, list] of lists.entries()) first[row + 1] = (first[row] as number) + list.length;
  return { first, which: Int32Array.from(lists.flat(), (text) => rowOf.get(text) as number) };
}

/** Its row among the pictures of its set. */
const pictureOf = (text: string, lists: readonly (readonly (readonly string[])[])[]): number =>
  lists.map((list) => list.findIndex((captions) => captions.includes(text))).find((row) => row >= 0) ?? -1;
