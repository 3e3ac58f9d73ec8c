import { max, type Tensor } from "@gmem/tensor";

/** Largest of each window × window square of x [N,C,H,W], without overlap. */
export function maxPool(x: Tensor, window: number): Tensor {
  const [n, c, h, w] = x.shape as [number, number, number, number];
  return max(x.reshape([n, c, h / window, window, w / window, window]), { axes: [3, 5] });
}
