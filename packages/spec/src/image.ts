import type { Named, NDArray, Tensor } from "@gmem/tensor";
import type { LatentShape, Params } from "./backbone.ts";

/** A frozen network as traced code with its parameters: what exporting writes. */
export interface TracedNetwork {
  readonly parameters: Named<NDArray>;
  apply(p: Params, x: Tensor): Tensor;
}

/** Images [N,3,H,W] ∈ [0,1] ↔ latents, already scaled to the variance the backbone trains on. */
export interface Tokenizer {
  readonly name: string;
  latent(imageSize: number): LatentShape;
  encode(images: NDArray<"f32">): Promise<NDArray<"f32">>;
  /** Limited to [0,1]. */
  decode(latents: NDArray<"f32">): Promise<NDArray<"f32">>;
  /** Both halves as traced code, `encode` and `decode` without tiling; absent where the network is not ours to trace. */
  readonly networks?: { readonly encode: TracedNetwork; readonly decode: TracedNetwork };
}

/** Images [N,3,H,W] ∈ [0,1] → global representation f(x) [N,d], not normalised. */
export interface Encoder {
  readonly name: string;
  /** d. */
  readonly dim: number;
  /** Name and hash of weights and pre-processing: banks of different encoders never mix. */
  readonly id: string;
  encode(images: NDArray<"f32">): Promise<NDArray<"f32">>;
  /** `encode` as traced code, pre-processing included; absent where the network is not ours to trace. */
  readonly network?: TracedNetwork;
}
