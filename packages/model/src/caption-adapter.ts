import { linear, linearInit } from "@gmem/nn";
import type { ContextTokens, Params } from "@gmem/spec";
import { broadcast, GMemError, type NDArray, type Rng, scalar, silu, type Tensor } from "@gmem/tensor";

/** How a snippet becomes the text that a network with cross-attention reads. */
export interface CaptionAdapterConfig {
  readonly kind: "captions";
  /** K, tokens that a snippet becomes; default 1. */
  readonly tokens?: number;
  /** Units between snippet and tokens; default 1536. */
  readonly hiddenSize?: number;
  /** Factor on the unit snippet; default 1. */
  readonly gain?: number;
  /** Adds a linear S-Adapter of the snippet to the time embedding as well, as in the main model. Default false. */
  readonly time?: boolean;
}

/** Its parameters and its traced half. */
export interface CaptionAdapter {
  init(rng: Rng): Params<NDArray>;
  /** s [N,d] → K tokens [N,K,W], all of them there. */
  apply(p: Params, s: Tensor): ContextTokens;
}

const [first, last] = ["caption_adapter.0", "caption_adapter.2"] as const;

/**
 * Snippets as the caption sequence of a network with cross-attention (App. H.1): y = W₂ SiLU(W₁(gain·s) + b₁) + b₂, cut into K
 * tokens. Where a snippet enters a text-to-image network is our choice; the paper does not say. The zero snippet becomes tokens
 * of the biases alone, the null caption.
 * @throws {GMemError} code `CONFIG` for a gain that is not positive, or counts that are none.
 * @example
 * const adapter = captionAdapter({ kind: "captions", tokens: 4, hiddenSize: 64 }, { from: 32, to: 16 });
 * const parameters = adapter.init(key(0)); // caption_adapter.0.weight [64,32], caption_adapter.2.weight [64,64]: 4 × 16 rows
 */
export function captionAdapter(
  config: CaptionAdapterConfig,
  widths: { readonly from: number; readonly to: number },
): CaptionAdapter {
  const { tokens = 1, hiddenSize = 1536, gain = 1 } = config;
  for (const [name, value] of Object.entries({ tokens, hiddenSize }))
    if (!(Number.isInteger(value) && value >= 1))
      throw new GMemError(
        "CONFIG",
        `captionAdapter: ${name} must be a whole number from 1, got ${JSON.stringify(value)}`,
      );
  if (!(gain > 0 && Number.isFinite(gain)))
    throw new GMemError("CONFIG", `captionAdapter: gain must be positive, got ${gain}; 1 is the paper's`);
  return {
    init: (rng) => ({
      ...linearInit(rng, first, { in: widths.from, out: hiddenSize }),
      ...linearInit(rng, last, { in: hiddenSize, out: tokens * widths.to }),
    }),
    apply(p, s) {
      const [n] = s.shape as readonly [number];
      const h = silu(linear(p, first, gain === 1 ? s : s.mul(gain))); // [N,hidden]
      const y = linear(p, last, h).reshape([n, tokens, widths.to]); // [N,K,W]
      return { tokens: y, mask: broadcast(scalar(1), [n, tokens]) };
    },
  };
}
