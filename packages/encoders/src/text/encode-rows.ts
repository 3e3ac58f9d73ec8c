import type { TextTokens } from "@gmem/spec";
import { array, type NDArray } from "@gmem/tensor";

/** A network on token ids, as an encoder of texts. */
export interface IdNetwork {
  readonly dim: number;
  /** Ids of a text, cut to what the network takes; asked for texts that say something only. */
  ids(text: string): readonly number[];
  /** The most ids that it takes. */
  readonly limit: number;
  /** Stands behind the ids of shorter texts. */
  readonly padding: number;
  /** Ids [n,T] → [n,T,dim]. */
  hidden(ids: NDArray<"i32">): Promise<NDArray<"f32">>;
  /** Ids [n,T] → [n,dim]. */
  pooled(ids: NDArray<"i32">): Promise<NDArray<"f32">>;
}

/** Texts of about one length, so that a long one makes the others no longer. */
interface Group {
  readonly rows: readonly number[];
  /** [n,T]. */
  readonly ids: NDArray<"i32">;
  /** Of each text, [n]. */
  readonly lengths: readonly number[];
}

/** T of a group is a multiple of this: few shapes, few programs. */
const step = 16;

function groupsOf(texts: readonly string[], { ids: idsOf, limit, padding }: IdNetwork): readonly Group[] {
  const found = texts.map((text) => (text.trim() === "" ? [] : idsOf(text)));
  const lengths = found.map(({ length }) => Math.min(Math.ceil(length / step) * step, limit));
  return [...new Set(lengths)].flatMap((t) => {
    const rows = lengths.flatMap((length, row) => (length === t && t > 0 ? [row] : []));
    const data = new Int32Array(rows.length * t).fill(padding);
    for (const [i, row] of rows.entries()) data.set(found[row] as readonly number[], i * t);
    const own = rows.map((row) => (found[row] as readonly number[]).length);
    return rows.length === 0 ? [] : [{ rows, ids: array(data, [rows.length, t], "i32"), lengths: own }];
  });
}

/** One vector a text, [N,dim]. */
export async function encodeRows(texts: readonly string[], network: IdNetwork): Promise<NDArray<"f32">> {
  const { dim } = network;
  const vectors = new Float32Array(texts.length * dim);
  for (const { rows, ids } of groupsOf(texts, network)) {
    const { data } = await network.pooled(ids);
    for (const [i, row] of rows.entries()) vectors.set(data.subarray(i * dim, (i + 1) * dim), row * dim);
  }
  return array(vectors, [texts.length, dim]);
}

/** Vectors of the tokens of each text. */
export async function tokenRows(texts: readonly string[], network: IdNetwork): Promise<TextTokens> {
  const found: Float32Array[] = texts.map(() => new Float32Array(0));
  for (const { rows, ids, lengths } of groupsOf(texts, network)) {
    const [, t = 0] = ids.shape;
    const { data } = await network.hidden(ids);
    for (const [i, row] of rows.entries()) {
      const width = (lengths[i] as number) * network.dim;
      const from = i * t * network.dim;
      found[row] = data.slice(from, from + width);
    }
  }
  return stackTokens(found, network.dim);
}

/** Tokens of each text, [count,dim] in one array, side by side; L is 1 at least. */
export function stackTokens(texts: readonly Float32Array[], dim: number): TextTokens {
  const length = texts.reduce((most, tokens) => Math.max(most, tokens.length / dim), 1);
  const hidden = new Float32Array(texts.length * length * dim);
  const mask = new Float32Array(texts.length * length);
  for (const [row, tokens] of texts.entries()) {
    hidden.set(tokens, row * length * dim);
    mask.fill(1, row * length, row * length + tokens.length / dim);
  }
  return { hidden: array(hidden, [texts.length, length, dim]), mask: array(mask, [texts.length, length]) };
}
