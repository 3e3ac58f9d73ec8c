import { type Shape, ShapeError } from "@gmem/tensor";

interface Sizes {
  readonly name: string;
  readonly channels: number;
  readonly factor: number;
  /** 3 by default. */
  readonly imageChannels?: number;
}

/** @throws {ShapeError} unless `shape` is of images [N,3,H,W], or of other channels, that the factor divides. */
export function checkImages({ name, factor, imageChannels = 3 }: Sizes, shape: Shape): void {
  const [n = 0, c, height = 0, width = 0] = shape;
  if (shape.length !== 4 || n * height * width === 0 || c !== imageChannels || height % factor || width % factor)
    throw new ShapeError(`${name}.encode`, `needs images [N,${imageChannels},H,W], sides multiples of ${factor}`, [
      shape,
    ]);
}

/** @throws {ShapeError} unless `shape` is of latents [N,C,h,w]. */
export function checkLatents({ name, channels }: Sizes, shape: Shape): void {
  const [n = 0, c, height = 0, width = 0] = shape;
  if (shape.length !== 4 || n * height * width === 0 || c !== channels)
    throw new ShapeError(`${name}.decode`, `needs latents [N,${channels},h,w]`, [shape]);
}
