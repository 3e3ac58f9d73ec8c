import type { Named, Tensor } from "@gmem/tensor";
import { param } from "./param.ts";

/** [N,C,H,W] → tokens [N,T,C·p²] in row-major order; features ordered (c, i, j) as a convolution kernel. */
export function patchify(x: Tensor, patchSize: number): Tensor {
  const [n, c, h, w] = x.shape as [number, number, number, number];
  const [rows, columns] = [h / patchSize, w / patchSize];
  const split6 = x.reshape([n, c, rows, patchSize, columns, patchSize]).transpose([0, 2, 4, 1, 3, 5]); // [N,r,k,C,p,p]
  return split6.reshape([n, rows * columns, c * patchSize * patchSize]);
}

/** A convolution with kernel and stride p, as one product: `${at}.proj.weight` [D,C,p,p] → [N,T,D]. */
export function patchEmbed(p: Named<Tensor>, at: string, x: Tensor, patchSize: number): Tensor {
  const weight = param(p, `${at}.proj.weight`);
  const kernel = weight.reshape([weight.shape[0] as number, -1]); // [D,C·p²]
  return patchify(x, patchSize)
    .matmul(kernel, { transposeB: true })
    .add(param(p, `${at}.proj.bias`));
}

/** Tokens [N,T,p²·C], features ordered (i, j, c) as DiT's last layer → [N,C,H,W]. */
export function unpatchify(y: Tensor, options: { patchSize: number; rows: number; columns: number }): Tensor {
  const { patchSize, rows, columns } = options;
  const [n, , features] = y.shape as [number, number, number];
  const c = features / (patchSize * patchSize);
  const split6 = y.reshape([n, rows, columns, patchSize, patchSize, c]).transpose([0, 5, 1, 3, 2, 4]); // [N,C,r,p,k,p]
  return split6.reshape([n, c, rows * patchSize, columns * patchSize]);
}
