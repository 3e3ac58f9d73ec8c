import { GMemError } from "@gmem/tensor";

/** A piece and the logarithm of its probability. */
export type Piece = readonly [text: string, score: number | null];

/** Ids below are signs such as the end of a sentence, which no text holds. */
const reserved = 6;
const unknown = 0;

/**
 * Texts to ids of pieces, as `@energetic-ai/embeddings` and TensorFlow's `universal-sentence-encoder` cut them: the most
 * probable pieces (Kudo 2018, "Subword regularization", § 3.2), where a sign that begins no piece costs nothing, several of
 * them in a row are one unknown piece, and of two equal ways the one whose last piece is shorter is taken. Case and white space
 * are left as they are.
 * @throws {GMemError} code `FORMAT` for something else than a list of pieces with their scores.
 * @example
 * const reserved = ["�", "<s>", "</s>", "1", "2", "3"].map((sign) => [sign, 0] as const);
 * const pieces = sentencePieces([...reserved, ["▁a", -1], ["b", -2], ["▁", -9], ["a", -9]]);
 * pieces("ab"); // [6, 7]
 */
export function sentencePieces(vocabulary: readonly Piece[]): (text: string) => readonly number[] {
  check(vocabulary);
  const root = tree(vocabulary);
  return (text) => {
    const normal = text.normalize("NFKC");
    if (normal === "") return [];
    const signs = [..."▁", ...normal.replaceAll(" ", "▁")];
    const best = bestPieces(signs, { vocabulary, root });
    const ids: number[] = [];
    for (let at = signs.length; at > 0; ) {
      const id = best[at] as number;
      if (!(id === unknown && ids.at(-1) === unknown)) ids.push(id);
      at -= (vocabulary[id] as Piece)[0].length;
    }
    return ids.reverse();
  };
}

/** Where pieces that begin alike go on. */
interface Node {
  readonly next: Map<string, Node>;
  /** Of the piece that ends here. */
  id?: number;
}

function tree(vocabulary: readonly Piece[]): Node {
  const root: Node = { next: new Map() };
  for (let id = reserved; id < vocabulary.length; id++) {
    let node = root;
    for (const sign of (vocabulary[id] as Piece)[0]) {
      const next: Node = node.next.get(sign) ?? { next: new Map() };
      node.next.set(sign, next);
      node = next;
    }
    node.id = id; // of two equal pieces the later one
  }
  return root;
}

interface Vocabulary {
  readonly vocabulary: readonly Piece[];
  readonly root: Node;
}

/** For each place the last piece of the best way there. */
function bestPieces(signs: readonly string[], { vocabulary, root }: Vocabulary): Int32Array {
  const scores = new Float64Array(signs.length + 1);
  const last = new Int32Array(signs.length + 1);
  const offer = (from: number, end: number, id: number): void => {
    const score = (scores[from] as number) + (vocabulary[id]?.[1] ?? 0);
    const before = scores[end] as number;
    if (before !== 0 && score < before) return; // 0 means that no way has come here yet
    scores[end] = score;
    last[end] = id;
  };
  for (let from = 0; from < signs.length; from++) {
    let node: Node | undefined = root;
    let begins = false;
    for (let at = from; at < signs.length; at++) {
      node = node.next.get(signs[at] as string);
      if (!node) break;
      if (node.id === undefined) continue;
      begins = true;
      offer(from, at + 1, node.id);
    }
    if (!begins) offer(from, from + 1, unknown);
  }
  return last;
}

function check(vocabulary: readonly Piece[]): void {
  const bad = Array.isArray(vocabulary)
    ? vocabulary.findIndex(
        (piece) => !(Array.isArray(piece) && typeof piece[0] === "string" && piece[0] !== "" && isScore(piece[1])),
      )
    : 0;
  if (bad === -1 && vocabulary.length > reserved) return;
  const got = Array.isArray(vocabulary)
    ? JSON.stringify(vocabulary[bad] ?? vocabulary.length)?.slice(0, 80)
    : typeof vocabulary;
  throw new GMemError(
    "FORMAT",
    `useLite: a vocabulary must be a list of pieces with their scores, got ${got}; use the package's own vocab.json`,
  );
}

const isScore = (score: unknown): boolean => score === null || Number.isFinite(score);
