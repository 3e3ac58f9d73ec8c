import { ShapeError, slice, type Tensor } from "@gmem/tensor";

/** Rows and columns when the shorter of them becomes `size`, rounded down as torchvision's Resize does. */
export function shortSideSize([height, width]: readonly [number, number], size: number): readonly [number, number] {
  const short = Math.min(height, width);
  return [Math.floor((size * height) / short), Math.floor((size * width) / short)];
}

/**
 * The middle size × size pixels of x [N,C,H,W], as torchvision's CenterCrop: [N,C,size,size].
 * @throws {ShapeError} if x is smaller.
 */
export function centreCrop(x: Tensor, size: number): Tensor {
  const [, , height, width] = x.shape as [number, number, number, number];
  if (height < size || width < size)
    throw new ShapeError("centreCrop", `images must be at least ${size} pixels high and wide`, [x.shape]);
  const [top, left] = [halfOf(height - size), halfOf(width - size)];
  return slice(slice(x, 2, [top, top + size]), 3, [left, left + size]);
}

/** n/2, rounded to the even neighbour as Python's `round`. */
function halfOf(n: number): number {
  const below = Math.floor(n / 2);
  return n % 2 === 1 && below % 2 === 1 ? below + 1 : below;
}
