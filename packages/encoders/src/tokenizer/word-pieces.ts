import { GMemError } from "@gmem/tensor";
import { Tokenizer } from "@huggingface/tokenizers";
import { type Limits, limitsOf } from "./limits.ts";

/** Texts to the token ids of a vocabulary. */
export interface WordPieces {
  /** Ids with special tokens, cut and filled up as the file says. */
  encode(text: string): readonly number[];
  /** Ids without special tokens, cut as the file says and to at most `room`. */
  pieces(text: string, room?: number): readonly number[];
  /** True if {@link WordPieces.pieces} leaves the end of a text out. */
  cuts(text: string, room?: number): boolean;
  /** Ids of the special tokens, in the order in which they were asked for. */
  readonly special: readonly number[];
}

export interface WordPiecesOptions {
  /** Tokens whose ids are needed. */
  readonly special?: readonly string[];
  /** Begins the messages of errors. */
  readonly where?: string;
}

/**
 * Any tokenizer from the parsed `tokenizer.json` of a Hugging Face checkpoint, with the truncation and padding that the file
 * asks for.
 * @throws {GMemError} code `FORMAT` for a file of another kind or one without the special tokens.
 * @example
 * // no-run
 * const words = wordPieces(JSON.parse(await (await import("node:fs/promises")).readFile("tokenizer.json", "utf8")));
 * words.encode("a photo of a cat"); // [101, 1037, 6302, 1997, 1037, 4937, 102]
 */
export function wordPieces(json: object, { special = [], where = "wordPieces" }: WordPiecesOptions = {}): WordPieces {
  const tokenizer = open(where, json);
  const { truncation, padding } = limitsOf(json, where);
  const encoded: Encode = (text, add_special_tokens) => {
    try {
      return tokenizer.encode(text, { add_special_tokens }).ids;
    } catch (cause) {
      throw new GMemError(
        "FORMAT",
        `${where}: the file must fit together, got "${(cause as Error).message}"; use the model's own tokenizer.json`,
        { cause },
      );
    }
  };
  const bare = (text: string): readonly number[] => encoded(text, false);
  const frame = frameOf(encoded);
  const most = (room: number): number =>
    Math.max(0, Math.min(room, (truncation?.length ?? Number.POSITIVE_INFINITY) - frame.added));
  const cut = (ids: readonly number[], room: number): readonly number[] =>
    truncation?.side === "left" ? ids.slice(Math.max(0, ids.length - most(room))) : ids.slice(0, most(room));
  return {
    encode: (text) => filled([...frame.before, ...cut(bare(text), Number.POSITIVE_INFINITY), ...frame.after], padding),
    pieces: (text, room = Number.POSITIVE_INFINITY) => cut(bare(text), room),
    cuts: (text, room = Number.POSITIVE_INFINITY) => bare(text).length > most(room),
    special: special.map((token) => {
      const id = tokenizer.token_to_id(token);
      if (id === undefined)
        throw new GMemError(
          "FORMAT",
          `${where}: the vocabulary must hold "${token}", got none; use the model's own tokenizer.json`,
        );
      return id;
    }),
  };
}

function open(where: string, json: object): Tokenizer {
  try {
    return new Tokenizer(json, {});
  } catch (cause) {
    throw new GMemError("FORMAT", `${where}: needs the parsed tokenizer.json of the model, got something else`, {
      cause,
    });
  }
}

type Encode = (text: string, special: boolean) => readonly number[];

interface Frame {
  readonly before: readonly number[];
  readonly after: readonly number[];
  readonly added: number;
}

/** Special tokens before and after a text: what stands around the pieces of one that are none themselves. */
function frameOf(encoded: Encode): Frame {
  const empty = encoded("", true);
  for (const probe of ["a", "0", "the"]) {
    const [whole, inside] = [encoded(probe, true), encoded(probe, false)];
    const [first] = inside;
    if (first === undefined || empty.includes(first)) continue;
    const at = whole.indexOf(first);
    const after = whole.slice(at + inside.length);
    return { before: whole.slice(0, at), after, added: at + after.length };
  }
  return { before: empty, after: [], added: empty.length };
}

/** Padding behind or before a text. */
function filled(ids: readonly number[], padding: Limits["padding"]): readonly number[] {
  if (!padding) return ids;
  const { multiple, id, side } = padding;
  const least = Math.max(ids.length, padding.length);
  const length = multiple > 0 ? Math.ceil(least / multiple) * multiple : least;
  const more = new Array<number>(length - ids.length).fill(id);
  return side === "left" ? [...more, ...ids] : [...ids, ...more];
}
