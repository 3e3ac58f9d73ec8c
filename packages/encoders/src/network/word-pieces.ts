import { GMemError } from "@gmem/tensor";
import { Tokenizer } from "@huggingface/tokenizers";

/** Word pieces of one text, without special tokens, and the ids of those that frame it. */
export interface WordPieces {
  pieces(text: string): readonly number[];
  /** Ids of the special tokens, in the order in which they were asked for. */
  readonly special: readonly number[];
}

/**
 * Reads the parsed `tokenizer.json` of a Hugging Face checkpoint.
 * @throws {GMemError} code `FORMAT` for a file of another kind or one without the special tokens.
 */
export function wordPieces(where: string, json: object, special: readonly string[]): WordPieces {
  const tokenizer = open(where, json);
  return {
    pieces: (text) => tokenizer.encode(text, { add_special_tokens: false }).ids,
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
