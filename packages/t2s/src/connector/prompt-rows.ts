import type { ContextTokens } from "@gmem/spec";
import {
  constant,
  GMemError,
  greater,
  type NDArray,
  ShapeError,
  slice,
  sumSquare,
  type Tensor,
  where,
} from "@gmem/tensor";

export interface PromptRowsOptions {
  readonly textDim: number;
  /** D, the width of a token. */
  readonly tokenDim: number;
  readonly textEncoder?: object;
  /** Default the text encoder's. */
  readonly nullRow?: NDArray<"f32">;
  /** Names the conditioner in errors. */
  readonly at: string;
}

/**
 * What takes rows [N, L·D + L] of tokens and their mask apart; a row of zeros is no text, in whose place the null prompt stands.
 * @throws {GMemError} code `CONFIG` without a null prompt; {ShapeError} for rows that are not L tokens of D and a mask.
 */
export function promptRows(options: PromptRowsOptions): (text: Tensor) => ContextTokens {
  const { textDim, tokenDim: D, textEncoder, at } = options;
  const length = textDim / (D + 1); // L
  if (!Number.isInteger(length))
    throw new ShapeError(at, `texts must be L tokens of ${D} and a mask, L·${D} + L wide`, [[textDim]]);
  const nullRow = options.nullRow ?? (textEncoder as { readonly nullRow?: NDArray<"f32"> } | undefined)?.nullRow;
  if (!nullRow)
    throw new GMemError(
      "CONFIG",
      `${at}: reads the null prompt in place of no text, got none; give { textEncoder } of promptTokens, or { nullRow }`,
    );
  if (nullRow.data.length !== textDim) throw new ShapeError(at, `nullRow must be [1,${textDim}]`, [nullRow.shape]);
  const none = { ...nullRow, shape: [1, textDim] };
  return (text) => {
    const n = text.shape[0] as number;
    const isText = greater(sumSquare(text, { axes: [-1], keepDims: true }), 0); // [N,1]
    const row = where(isText, text, constant(none)); // [N, L·D + L]
    return {
      tokens: slice(row, 1, [0, length * D]).reshape([n, length, D]), // [N,L,D]
      mask: slice(row, 1, [length * D, textDim]), // [N,L]
    };
  };
}
