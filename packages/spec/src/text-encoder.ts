import type { NDArray } from "@gmem/tensor";

/** Texts → vectors of tokens, and one vector a text. */
export interface TextEncoder {
  readonly name: string;
  /** Name and hash of weights and word pieces: what one encoder gave never meets another's. */
  readonly id: string;
  /** Width of a token, and of a text. */
  readonly dim: number;
  /** `hidden` [N,L,dim] and `mask` [N,L], 1 where a token stands. */
  tokens(texts: readonly string[]): Promise<{ readonly hidden: NDArray<"f32">; readonly mask: NDArray<"f32"> }>;
  /** [N,dim]. */
  encode(texts: readonly string[]): Promise<NDArray<"f32">>;
}
