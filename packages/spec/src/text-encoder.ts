import type { NDArray } from "@gmem/tensor";

/** Vectors of the tokens of some texts. */
export interface TextTokens {
  /** [N,L,dim], L the most tokens of a text, or more; zeros where no token stands. */
  readonly hidden: NDArray<"f32">;
  /** [N,L], 1 where a token stands, from the first place on without a gap, and 0 behind. */
  readonly mask: NDArray<"f32">;
}

/**
 * Texts → vectors of tokens, and one vector a text. A text of nothing but white space is the null text: it has no token, and a
 * vector of zeros. What a text gives does not depend on the texts beside it.
 */
export interface TextEncoder {
  readonly name: string;
  /** Name and hash of weights and word pieces: what one encoder gave never meets another's. */
  readonly id: string;
  /** Width of a token, and of a text. */
  readonly dim: number;
  tokens(texts: readonly string[]): Promise<TextTokens>;
  /** [N,dim], one vector a text, made of its tokens. */
  encode(texts: readonly string[]): Promise<NDArray<"f32">>;
  /** Which of the texts are too long: the encoder hears their beginning alone. Absent where there is no limit. */
  cut?(texts: readonly string[]): readonly number[];
}
