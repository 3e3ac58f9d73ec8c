import { flipCoin, mirror, stackImages } from "@gmem/datasets";
import type { ImageExample, TrainingSet } from "@gmem/spec";
import { checkFinite, GMemError, type NDArray } from "@gmem/tensor";
import { type DataFacts, factsOf } from "../parts/all-images.ts";
import { dataName, type Images, openData } from "../parts/dataset.ts";
import type { WorkOptions } from "../progress.ts";
import type { TokenizerConfig } from "./config.ts";

/** What a tokenizer is trained on and measured with. */
export interface Pictures {
  /** Its batches call latents what pictures are: 2x − 1, [N,3,S,S] ∈ [−1,1]. */
  readonly train: TrainingSet;
  readonly heldOut: LoadedPictures;
  /** Those of training, as they are. */
  readonly plain: LoadedPictures;
  /** For people. */
  readonly about: string;
  /** What else is known of them. */
  readonly data: DataFacts;
}

/** Pictures that are opened when they are asked for. */
export interface LoadedPictures {
  readonly length: number;
  /** [n,3,S,S] ∈ [0,1]. @throws {GMemError} code `DATA` for another size, `NON_FINITE` naming the picture. */
  load(rows: Int32Array): Promise<NDArray<"f32">>;
}

/** @throws {GMemError} code `DATA` for a folder that is missing, has no usable image, or only one. */
export async function openPictures(config: TokenizerConfig, options: WorkOptions): Promise<Pictures> {
  const { size, flip } = config.image;
  const { train, heldOut, ...facts } = await openData({ ...config, conditioner: { kind: "unconditional" } }, options);
  const loaded = (images: Images): LoadedPictures => ({
    length: images.length,
    load: async (rows) => pictures(await Promise.all(Array.from(rows, (row) => images.at(row))), size),
  });
  return {
    train: visited(train, { size, flip }),
    heldOut: loaded(heldOut),
    plain: loaded(train),
    about: `${train.length} from ${dataName(config)}`,
    data: factsOf(facts),
  };
}

function visited(images: Images, { size, flip }: { readonly size: number; readonly flip: boolean }): TrainingSet {
  const mirrored = mirror(images);
  return {
    length: images.length,
    latent: [3, size, size],
    async batch(index, rng) {
      const chosen = Array.from(index, (row, i) => (flip && rng && flipCoin(rng, i) ? mirrored : images).at(row));
      const batch = pictures(await Promise.all(chosen), size);
      return { index, latents: { ...batch, data: batch.data.map((value) => 2 * value - 1) } };
    },
  };
}

/** Pictures of one size as [n,3,S,S]. */
function pictures(examples: readonly ImageExample[], size: number): NDArray<"f32"> {
  for (const { image, id } of examples)
    if (String(image.shape) !== String([3, size, size]))
      throw new GMemError(
        "DATA",
        `${id}: pictures must be [3,${size},${size}], as image.size says, got [${image.shape}]; set image.size to the size of the pictures`,
      );
  const all = stackImages(examples);
  checkFinite(
    { pictures: all },
    { where: "tokenizer", remedy: "leave this image out", row: (i) => examples[i]?.id ?? `${i}` },
  );
  return all;
}
