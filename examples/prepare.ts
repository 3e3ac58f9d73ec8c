import { isLabelled } from "@gmem/datasets";
import type { CaptionVectors } from "@gmem/datasets/captions";
import { hashedWords } from "@gmem/encoders/hashed-words";
import { captionVectors } from "@gmem/runs";
import {
  build,
  encodeDataset,
  fitPatchKmeans,
  loadImages,
  onnxEngine,
  patchKmeans,
  pixels,
  scenes,
  trainingSet,
} from "gmem";

export interface Size {
  /** Scenes to train on. */
  readonly images: number;
  readonly steps: number;
  /** Of the encoder's dictionary; default 200. */
  readonly clusters?: number;
}

/** What a person runs: about a minute on two cores. Tests ask for less. */
export const usual: Size = { images: 2000, steps: 600 };

/** Everything that does not depend on how the model is conditioned: engine, data, latents, encoder, bank and texts. */
export async function prepare({ images, clusters = 200 }: Size) {
  const engine = await onnxEngine();
  const data = scenes({ count: images });
  const tokenizer = pixels({ size: 16 });
  const encoded = await encodeDataset(data, tokenizer);
  const dim = Math.min(128, images / 2, 4 * clusters);
  const fitted = await fitPatchKmeans(data, { engine, dim, clusters, whiten: false, patches: 100 * clusters });
  const encoder = patchKmeans(fitted, { engine });
  const rows = Int32Array.from({ length: images }, (_, i) => i);
  const labels = isLabelled(data) ? data.labels : new Int32Array(images);
  const bank = build(await encoder.encode(await loadImages(data, rows)), { encoderId: encoder.id, labels });
  const textEncoder = hashedWords({ dim: 256 });
  const { sets } = await captionVectors([data], { encoder: textEncoder, about: "scenes" });
  const set = trainingSet({ ...encoded, texts: sets[0] as CaptionVectors, snippets: (wanted) => bank.at(wanted) });
  return { engine, data, tokenizer, encoder, bank, classes: data.classes.length, textEncoder, set };
}
