import type { Tokenizer } from "@gmem/spec";
import { clamp, type Shape, ShapeError } from "@gmem/tensor";

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
export function pixels(options: PixelsOptions): Required<Tokenizer> {
  const { size, channels = 3 } = options;
  const check = (where: string, shape: Shape): void => {
    const [, c, h, w] = shape;
    if (shape.length !== 4 || c !== channels || h !== size || w !== size)
      throw new ShapeError(
        `pixels.${where}`,
        `needs [N,${channels},${size},${size}]; resize the images or give another size`,
        [shape],
      );
  };
  return {
    name: "pixels",
    latent: (imageSize) => [channels, imageSize, imageSize],
    async encode(images) {
      check("encode", images.shape);
      return images;
    },
    async decode(latents) {
      check("decode", latents.shape);
      return { ...latents, data: latents.data.map((value) => Math.min(1, Math.max(-1, value))) };
    },
    networks: {
      encode: {
        parameters: {},
        apply(_, x) {
          check("encode", x.shape);
          return x;
        },
      },
      decode: {
        parameters: {},
        apply(_, z) {
          check("decode", z.shape);
          return clamp(z, -1, 1);
        },
      },
    },
  };
}
