import type { TextEncoder } from "@gmem/spec";
import { array, checkOptions, GMemError, type NDArray, type OptionTable, ShapeError } from "@gmem/tensor";
import { openUniTemplate, type PromptTemplate, said } from "./template.ts";

export interface PromptTokensOptions {
  /** A frozen language model: what its tokens become is read. */
  readonly encoder: TextEncoder;
  /** L, the most tokens of a prompt in its template. */
  readonly length: number;
  /** Default OpenUni's. */
  readonly template?: PromptTemplate;
}

/** A text encoder whose vector is all tokens of a prompt. */
export interface PromptTokens extends TextEncoder {
  /** L. */
  readonly length: number;
  /** Width of one token; `dim` is L of them and L places of a mask. */
  readonly tokenDim: number;
  /** The vector of the null prompt [1,dim]. */
  readonly nullRow: NDArray<"f32">;
}

const table: OptionTable<PromptTokensOptions> = { encoder: "required", length: "required", template: "optional" };

/**
 * The tokens of prompts as a conditioner with a connector reads them: each text is set into a template, and its vector is
 * [tokens | mask], L·D + L wide, zeros where no token stands. A text of white space is a vector of zeros, as everywhere; what a
 * connector reads in its place is the null prompt's, `nullRow`.
 * @throws {GMemError} code `CONFIG` for a length that is none, `INVALID_REQUEST` (also from `encode`) for a prompt of more than L tokens.
 * @example
 * import { hashedWords } from "@gmem/encoders/hashed-words";
 * const encoder = await promptTokens({ encoder: hashedWords({ dim: 16 }), length: 80 });
 * (await encoder.encode(["a red circle"])).shape; // [1,1360]: 80 × 16 + 80
 */
export async function promptTokens(options: PromptTokensOptions): Promise<PromptTokens> {
  checkOptions("promptTokens", options, table);
  const { encoder, length, template = openUniTemplate } = options;
  if (!(Number.isInteger(length) && length > 0))
    throw new GMemError("CONFIG", `promptTokens: length must be a whole number from 1, got ${length}`);
  const { dim: tokenDim } = encoder;
  const dim = length * (tokenDim + 1);

  /** Vectors [n,dim] of texts in their template. */
  async function rowsOf(texts: readonly string[]): Promise<NDArray<"f32">> {
    const rows = new Float32Array(texts.length * dim);
    if (texts.length === 0) return array(rows, [0, dim]);
    const { hidden, mask } = await encoder.tokens(texts);
    const [, most = 0] = mask.shape;
    if (hidden.shape[0] !== texts.length || hidden.shape[2] !== tokenDim)
      throw new ShapeError("promptTokens", `${encoder.name} must give [${texts.length},L,${tokenDim}]`, [hidden.shape]);
    for (const [i, text] of texts.entries()) {
      const own = mask.data.subarray(i * most, (i + 1) * most);
      const count = own.reduce((sum, is) => sum + is, 0);
      if (count > length)
        throw new GMemError(
          "INVALID_REQUEST",
          `promptTokens: a prompt must have at most ${length} tokens in its template, got ${count} of ${JSON.stringify(text.slice(0, 60))}; say it shorter, or train with a longer textEncoder.length`,
        );
      rows.set(hidden.data.subarray(i * most * tokenDim, (i * most + count) * tokenDim), i * dim);
      rows.fill(1, i * dim + length * tokenDim, i * dim + length * tokenDim + count);
    }
    return array(rows, [texts.length, dim]);
  }

  const encode = async (texts: readonly string[]): Promise<NDArray<"f32">> => {
    const spoken = texts.flatMap((text, i) => (text.trim() === "" ? [] : [i]));
    const rows = await rowsOf(spoken.map((i) => said(template, texts[i] as string)));
    const all = new Float32Array(texts.length * dim);
    for (const [row, i] of spoken.entries()) all.set(rows.data.subarray(row * dim, (row + 1) * dim), i * dim);
    return array(all, [texts.length, dim]);
  };
  return {
    name: `prompts of ${encoder.name}`,
    id: `${encoder.id} in ${length} tokens of ${template.id}`,
    dim,
    length,
    tokenDim,
    nullRow: await rowsOf([template.null]),
    encode,
    async tokens(texts) {
      const { data } = await encode(texts);
      const there = texts.map((text) => (text.trim() === "" ? 0 : 1));
      return { hidden: array(data, [texts.length, 1, dim]), mask: array(there, [texts.length, 1]) };
    },
  };
}
