import type { Tokenizer } from "@gmem/spec";
import { clamp, type Shape, ShapeError } from "@gmem/tensor";
import { signed, unsigned } from "../network/signed-range.ts";

export interface PixelsOptions {
  /** Height and width of the images. */
  readonly size: number;
  /** Default 3. */
  readonly channels?: number;
}

/**
 * No compression: the latent of an image x ∈ [0,1] is 2x − 1 ∈ [−1,1] (the models on CIFAR-10, §5.1). Decoding limits
 * what a sampler drew.
 * @throws {ShapeError} from `encode` and `decode` for anything but [N,channels,size,size].
 * @example
 * const tokenizer = pixels({ size: 16 });
 * tokenizer.latent(16); // [3,16,16]
 * const latents = await tokenizer.encode(zeros([8, 3, 16, 16])); // all −1
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
      return { ...images, data: images.data.map((value) => 2 * value - 1) };
    },
    async decode(latents) {
      check("decode", latents.shape);
      return { ...latents, data: latents.data.map((value) => Math.min(1, Math.max(0, (value + 1) / 2))) };
    },
    networks: {
      encode: {
        parameters: {},
        apply(_, x) {
          check("encode", x.shape);
          return signed(x);
        },
      },
      decode: {
        parameters: {},
        apply(_, z) {
          check("decode", z.shape);
          return clamp(unsigned(z), 0, 1);
        },
      },
    },
  };
}
