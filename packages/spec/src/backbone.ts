import type { Aval, Named, NDArray, Rng, Tensor } from "@gmem/tensor";

/** Parameters: one flat record keyed by the upstream checkpoint name, e.g. `blocks.0.attn.qkv.weight`. */
export type Params<T = Tensor> = Named<T>;

/** [C, H, W] of one latent: [4, 32, 32] for SD-VAE at 256². */
export type LatentShape = readonly [channels: number, height: number, width: number];

/** Tokens that cross-attention reads, traced. */
export interface ContextTokens {
  /** [N,L,contextDim], L the same for every batch. */
  readonly tokens: Tensor;
  /** [N,L], 1 for tokens and 0 for padding, which no attention reads. */
  readonly mask: Tensor;
}

/** A diffusion transformer. It adds its own timestep embedding: conditioning = e_t + c (§4.1). */
export interface Backbone {
  /** "sit", "lightning-dit", "dit". */
  readonly name: string;
  readonly latent: LatentShape;
  /** D. */
  readonly hiddenSize: number;
  /** The resolved configuration, as JSON; written to run folders. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Parameters and frozen tables such as `pos_embed`; the latter are named by `frozen`. */
  init(rng: Rng): Params<NDArray>;
  /** Names and shapes of what `init` makes, in its order, without a number drawn; absent where they are known by `init` alone. */
  avals?(): Named<Aval>;
  /** Names in `init` that training leaves alone and EMA skips. */
  readonly frozen: readonly string[];
  /**
   * x [N,C,H,W], t [N] (0 = data, 1 = noise), c [N,D] → what the network was trained to predict [N,C,H,W]; `tap` [N,T,D]
   * are the tokens that feed the REPA loss. `context` is for a {@link ContextBackbone} alone.
   */
  apply(
    p: Params,
    x: Tensor,
    t: Tensor,
    c: Tensor,
    context?: ContextTokens,
  ): { readonly output: Tensor; readonly tap?: Tensor };
}

/** A backbone with cross-attention: beside c it reads tokens, and is not evaluated without them. */
export interface ContextBackbone extends Backbone {
  /** Width of a token. */
  readonly contextDim: number;
  apply(
    p: Params,
    x: Tensor,
    t: Tensor,
    c: Tensor,
    context: ContextTokens,
  ): { readonly output: Tensor; readonly tap?: Tensor };
}
