import type { RgbImage } from "./rgb-image.ts";

/** Box filter to half of even sides: the bytes of the general passes (pairs along rows, then along columns, each rounded up at one half). */
export function halve(image: RgbImage): RgbImage {
  const width = image.width / 2;
  const height = image.height / 2;
  const source = image.data;
  const pitch = 3 * image.width;
  const data = new Uint8Array(3 * width * height);
  let to = 0;
  for (let row = 0; row < height; row++) {
    let at = 2 * row * pitch;
    for (let column = 0; column < width; column++, at += 6)
      for (let channel = at; channel < at + 3; channel++) {
        const upper = ((source[channel] as number) + (source[channel + 3] as number) + 1) >> 1;
        const below = channel + pitch;
        const lower = ((source[below] as number) + (source[below + 3] as number) + 1) >> 1;
        data[to++] = (upper + lower + 1) >> 1;
      }
  }
  return { width, height, data };
}
