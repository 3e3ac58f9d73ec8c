import type { Batch } from "@gmem/spec";
import { GMemError, type NDArray } from "@gmem/tensor";

/** The latents of a batch [N,C,H,W]. @throws {GMemError} code `DATA` for a set without them, such as one of texts and snippets. */
export function latentsOf({ latents }: Batch, where: string): NDArray<"f32"> {
  if (latents) return latents;
  throw new GMemError("DATA", `${where}: needs latents, got a batch without; train on a set of pictures`);
}
