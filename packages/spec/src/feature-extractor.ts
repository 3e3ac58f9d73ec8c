import type { NDArray } from "@gmem/tensor";

/** What a feature extractor gives of N images. */
export interface ImageFeatures {
  /** What distances are of, [N,d]. */
  readonly features: NDArray<"f32">;
  /** [N,p] of positions, for sFID. */
  readonly spatial?: NDArray<"f32">;
  /** [N,K] of classes before the softmax, without bias, for the Inception score. */
  readonly logits?: NDArray<"f32">;
}

/** Images [N,3,H,W] ∈ [0,1] → what metrics read of them, in one pass. */
export interface FeatureExtractor {
  /** Stands in the names of numbers after "FD-". The Fréchet distance of `inception`, and of no other, is called FID. */
  readonly name: string;
  /** Name and hash of weights and pre-processing: features and statistics of another id do not compare. */
  readonly id: string;
  /** Width of each output; what it lacks is absent. */
  readonly widths: { readonly [K in keyof ImageFeatures]: number };
  extract(images: NDArray<"f32">): Promise<ImageFeatures>;
  /** Frees what an engine holds. */
  dispose?(): Promise<void>;
}
