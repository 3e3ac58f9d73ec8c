import { array, GMemError, type NDArray } from "@gmem/tensor";
import { Tokenizer } from "@huggingface/tokenizers";

/** Texts to the token ids that {@link clipTextEncoder} takes. */
export interface ClipTokenizer {
  /** [N,contextLength]: start, word pieces, end, then zeros; longer texts are cut before the end token. */
  ids(texts: readonly string[]): NDArray<"i32">;
}

/**
 * CLIP's byte-pair tokenizer from the parsed `tokenizer.json` of a Hugging Face checkpoint.
 * @throws {GMemError} code `FORMAT` for a file of another kind, or without CLIP's start and end tokens.
 * @example
 * // no-run
 * const tokenizer = clipTokenizer(JSON.parse(await (await import("node:fs/promises")).readFile("tokenizer.json", "utf8")));
 * tokenizer.ids(["a photo of a cat"]).shape; // [1, 77]
 */
export function clipTokenizer(
  json: object,
  { contextLength = 77 }: { readonly contextLength?: number } = {},
): ClipTokenizer {
  const tokenizer = open(json);
  const [start, end] = ["<|startoftext|>", "<|endoftext|>"].map((token) => {
    const id = tokenizer.token_to_id(token);
    if (id === undefined)
      throw new GMemError(
        "FORMAT",
        `clipTokenizer: the vocabulary must hold "${token}", got none; use CLIP's tokenizer.json`,
      );
    return id;
  }) as [number, number];
  return {
    ids(texts) {
      const ids = new Int32Array(texts.length * contextLength);
      for (const [row, text] of texts.entries()) {
        const pieces = tokenizer.encode(text, { add_special_tokens: false }).ids.slice(0, contextLength - 2);
        ids.set([start, ...pieces, end], row * contextLength);
      }
      return array(ids, [texts.length, contextLength], "i32");
    },
  };
}

function open(json: object): Tokenizer {
  try {
    return new Tokenizer(json, {});
  } catch (cause) {
    throw new GMemError("FORMAT", "clipTokenizer: needs the parsed tokenizer.json of CLIP, got something else", {
      cause,
    });
  }
}
