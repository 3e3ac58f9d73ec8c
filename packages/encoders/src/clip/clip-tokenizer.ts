import { array, type NDArray } from "@gmem/tensor";
import { wordPieces } from "../tokenizer/word-pieces.ts";

/** Texts to the token ids that {@link clipTextEncoder} takes. */
export interface ClipTokenizer {
  /** Ids [N,contextLength]: start, word pieces, end, then zeros; longer texts are cut before the end token, or where the file says. */
  ids(texts: readonly string[]): NDArray<"i32">;
  /** The same of one text, without the zeros. */
  row(text: string): readonly number[];
  /** True if the end of a text is left out. */
  cuts(text: string): boolean;
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
  const { pieces, cuts, special } = wordPieces(json, {
    special: ["<|startoftext|>", "<|endoftext|>"],
    where: "clipTokenizer",
  });
  const [start, end] = special as [number, number];
  const row = (text: string): readonly number[] => [start, ...pieces(text, contextLength - 2), end];
  return {
    ids(texts) {
      const ids = new Int32Array(texts.length * contextLength);
      for (const [i, text] of texts.entries()) ids.set(row(text), i * contextLength);
      return array(ids, [texts.length, contextLength], "i32");
    },
    row,
    cuts: (text) => cuts(text, contextLength - 2),
  };
}
