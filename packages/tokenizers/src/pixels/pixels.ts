import type { Tokenizer } from "@gmem/spec";
import { type NDArray, ShapeError } from "@gmem/tensor";

export interface PixelsOptions {
  /** Height and width of the images. */
  readonly size: number;
  /** Default 3. */
  readonly channels?: number;
}

/**
 * No compression: a latent is the image itself, x = 2·img/255 − 1 ∈ [−1,1] (the models on CIFAR-10, §5.1). Decoding
 * limits what a sampler drew to [−1,1].
 * @throws {ShapeError} from `encode` and `decode` for anything but [N,channels,size,size].
 * @example
 * const tokenizer = pixels({ size: 16 });
 * tokenizer.latent(16); // [3,16,16]
 * const latents = await tokenizer.encode(zeros([8, 3, 16, 16])); // the same array
 */
export function pixels(options: PixelsOptions): Tokenizer {
  const { size, channels = 3 } = options;
  const check = (where: string, x: NDArray): void => {
    const [, c, h, w] = x.shape;
    if (x.shape.length !== 4 || c !== channels || h !== size || w !== size)
      throw new ShapeError(
        `pixels.${where}`,
        `needs [N,${channels},${size},${size}]; resize the images or give another size`,
        [x.shape],
      );
  };
  return {
    name: "pixels",
    latent: (imageSize) => [channels, imageSize, imageSize],
    async encode(images) {
      check("encode", images);
      return images;
    },
    async decode(latents) {
      check("decode", latents);
      return { ...latents, data: latents.data.map((value) => Math.min(1, Math.max(-1, value))) };
    },
  };
}
