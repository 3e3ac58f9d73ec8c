import type { ContextTokens } from "@gmem/spec";
import { concat, slice, type Tensor } from "@gmem/tensor";

/** Widths of the parts of a row. */
export interface RowWidths {
  /** D. */
  readonly hiddenSize: number;
  readonly contextDim: number;
}

/**
 * A condition with context as one row a sample, [c | tokens | mask]: c [N,D], tokens [N,L,W], mask [N,L] → [N, D + L·W + L].
 * What mixes, repeats or picks conditions, as guidance, dropped conditions and slots of a stepper do, works on rows and knows
 * nothing of tokens.
 */
export function withContext(c: Tensor, { tokens, mask }: ContextTokens): Tensor {
  const [n, length, width] = tokens.shape as readonly [number, number, number];
  return concat([c, tokens.reshape([n, length * width]), mask], 1); // [N, D + L·W + L]
}

/** What {@link withContext} put together. */
export function fromRow(
  row: Tensor,
  { hiddenSize, contextDim }: RowWidths,
): { readonly c: Tensor; readonly context: ContextTokens } {
  const [n, width] = row.shape as readonly [number, number];
  const length = (width - hiddenSize) / (contextDim + 1); // L
  const end = hiddenSize + length * contextDim;
  return {
    c: slice(row, 1, [0, hiddenSize]), // [N,D]
    context: {
      tokens: slice(row, 1, [hiddenSize, end]).reshape([n, length, contextDim]), // [N,L,W]
      mask: slice(row, 1, [end, width]), // [N,L]
    },
  };
}
