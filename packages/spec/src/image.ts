import type { NDArray } from "@gmem/tensor";
import type { LatentShape } from "./backbone.ts";

/** Images [N,3,H,W] ∈ [−1,1] ↔ latents, already scaled to the variance the backbone trains on. */
export interface Tokenizer {
  readonly name: string;
  latent(imageSize: number): LatentShape;
  encode(images: NDArray<"f32">): Promise<NDArray<"f32">>;
  decode(latents: NDArray<"f32">): Promise<NDArray<"f32">>;
}

/** Images [N,3,H,W] ∈ [0,1] → global representation f(x) [N,d], not normalised. */
export interface Encoder {
  readonly name: string;
  /** d. */
  readonly dim: number;
  /** Name and hash of weights and pre-processing: banks of different encoders never mix. */
  readonly id: string;
  encode(images: NDArray<"f32">): Promise<NDArray<"f32">>;
}
