import { createHash } from "node:crypto";
import type { TrainingSet } from "@gmem/spec";
import type { NDArray } from "@gmem/tensor";

const probes = 64;

/**
 * A fingerprint of a training set: its length, its shape and the content of 64 rows spread over it. Two sets that differ
 * only elsewhere get the same one.
 */
export async function dataId(set: TrainingSet): Promise<string> {
  const count = Math.min(probes, set.length);
  const rows = Int32Array.from({ length: count }, (_, i) => Math.floor((i * set.length) / count));
  const { latents, snippets, labels, texts } = await set.batch(rows);
  const hash = createHash("sha256").update(JSON.stringify([set.length, set.latent, null]));
  const bytes = (part: NDArray["data"] | undefined): Uint8Array =>
    part ? new Uint8Array(part.buffer, part.byteOffset, part.byteLength) : new Uint8Array(0);
  for (const part of [latents?.data, snippets?.data, labels, texts?.data]) hash.update(bytes(part));
  return `sha256:${hash.digest("hex")}`;
}
