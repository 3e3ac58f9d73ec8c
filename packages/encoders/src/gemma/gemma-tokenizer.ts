import { array, type NDArray } from "@gmem/tensor";
import { wordPieces } from "../tokenizer/word-pieces.ts";

/** Texts to the token ids that {@link gemma} takes. */
export interface GemmaTokenizer {
  /** Ids [N,T]: start, word pieces, then zeros; T is the longest text's, rounded up to 16 so that few shapes arise. */
  ids(texts: readonly string[]): NDArray<"i32">;
  /** The same of one text, without the zeros. */
  row(text: string): readonly number[];
  /** True if the end of a text is left out. */
  cuts(text: string): boolean;
}

/**
 * Gemma's tokenizer from the parsed `tokenizer.json` of a Hugging Face checkpoint. A text is cut after `maxLength` tokens,
 * the start included, default 300, or where the file says; the padding is ours, behind it.
 * @throws {GMemError} code `FORMAT` for a file of another kind, or without Gemma's start token.
 * @example
 * // no-run
 * const tokenizer = gemmaTokenizer(JSON.parse(await (await import("node:fs/promises")).readFile("tokenizer.json", "utf8")));
 * tokenizer.ids(["a photo of a cat"]).shape; // [1, 16]
 */
export function gemmaTokenizer(
  json: object,
  { maxLength = 300 }: { readonly maxLength?: number } = {},
): GemmaTokenizer {
  const { pieces, cuts, special } = wordPieces(json, { special: ["<bos>"], where: "gemmaTokenizer" });
  const row = (text: string): readonly number[] => [...special, ...pieces(text, maxLength - 1)].slice(0, maxLength);
  return {
    ids(texts) {
      const rows = texts.map(row);
      const longest = rows.reduce((most, row) => Math.max(most, row.length), 1);
      const t = Math.min(Math.ceil(longest / 16) * 16, Math.max(maxLength, 1));
      const ids = new Int32Array(rows.length * t);
      for (const [i, row] of rows.entries()) ids.set(row, i * t);
      return array(ids, [rows.length, t], "i32");
    },
    row,
    cuts: (text) => cuts(text, maxLength - 1),
  };
}
