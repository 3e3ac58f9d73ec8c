import { array, type NDArray } from "@gmem/tensor";

/** A picture that was drawn. Width, height and data are those of the web's `ImageData`. */
export interface Picture {
  /** What was asked for. */
  readonly text: string;
  readonly seed: number;
  /** Which picture of the seed it is, from 0 on. */
  readonly index: number;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** Red, green, blue and alpha of each pixel, 0 to 255, row after row: 4 · width · height bytes. */
  readonly data: Uint8ClampedArray<ArrayBuffer>;
  /** The same as [3,H,W] in [0,1], not rounded. */
  readonly image: NDArray<"f32">;
  /** What did not go as asked: of a long text its beginning alone is drawn. */
  readonly notice?: string;
}

/** One of pictures [N,3,H,W] in [0,1], as bytes. */
export function pixelsOf(images: NDArray<"f32">, index: number): Pick<Picture, "width" | "height" | "data" | "image"> {
  const [, , height, width] = images.shape as [number, number, number, number];
  const area = height * width;
  const image = array(images.data.slice(3 * area * index, 3 * area * (index + 1)), [3, height, width]);
  const data = new Uint8ClampedArray(4 * area).fill(255);
  for (let pixel = 0; pixel < area; pixel++)
    for (let c = 0; c < 3; c++) data[4 * pixel + c] = 255 * (image.data[c * area + pixel] as number);
  return { width, height, data, image };
}
