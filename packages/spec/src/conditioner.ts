import type { Aval, Named, NDArray, Rng, Tensor } from "@gmem/tensor";
import type { ContextTokens, Params } from "./backbone.ts";
import type { Batch } from "./dataset.ts";

/**
 * The swapped module of Figure 4: where the conditioning of a batch comes from. The host half (`resolve`, `batch`) looks
 * up rows or labels; the traced half (`snippet`) turns them into s.
 */
export interface Conditioner<Request = unknown> {
  /** "memory-bank", "class-table", "unconditional", "t2s". */
  readonly name: string;
  /** d, the width of what `snippet` returns. */
  readonly snippetDim: number;
  /** "snippet": unit rows that the S-Adapter projects and masks. "embedding": already D wide, added as it is. */
  readonly output: "snippet" | "embedding";
  /** What crosses host → device for a batch of n. */
  feeds(n: number): Named<Aval>;
  init(rng: Rng): Params<NDArray>;
  /** Untrusted JSON (command line, HTTP) → request. @throws GMemError code `INVALID_REQUEST` */
  parse(input: unknown): Request;
  /** Host side, once per batch and never inside the solver loop: a request and z ~ N(0,I) [N,C,H,W] → feeds. */
  resolve(noise: NDArray<"f32">, request: Request): Promise<Named<NDArray>>;
  /** Host side, in training: a batch → the same feeds. `rng` draws label drops and the like. */
  batch(batch: Batch, rng: Rng): Promise<Named<NDArray>>;
  /** Feeds of n unconditional samples for guidance; absent when the null input is handled by the S-Adapter's zero snippet. */
  nullFeeds?(n: number): Named<NDArray>;
  /** Traced side: feeds → s [N,d]. Bank: identity. Class table: gather. T2S: g_φ. */
  snippet(p: Params, feeds: Named<Tensor>): Tensor;
  /** Width of the tokens of `context`; there where it is. */
  readonly contextDim?: number;
  /**
   * Traced side, beside `snippet`: feeds → tokens for cross-attention. A conditioner that has it has `nullFeeds` too: a zero
   * snippet says nothing of tokens. It is for a backbone that reads tokens as wide; `velocityModel` refuses it for others.
   */
  context?(p: Params, feeds: Named<Tensor>): ContextTokens;
}
