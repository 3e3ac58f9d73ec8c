import { concat, type NDArray, slice, type Tensor } from "@gmem/tensor";
import { antialiasedMatrix, bicubicMatrix } from "../resize/bicubic.ts";
import { antialiasedBilinearMatrix, bilinearMatrix } from "../resize/bilinear.ts";
import { normalise } from "../resize/normalise.ts";
import { pillowResample } from "../resize/pillow.ts";
import { resample } from "../resize/resample.ts";
import { centreCrop, shortSideSize } from "../resize/short-side.ts";
import type { CompletePreprocessing, Preprocessing, ResizeFilter } from "./preprocessing.ts";

interface Filter {
  readonly matrix: (from: number, to: number) => NDArray<"f32">;
  readonly apply: typeof resample;
}

const filters: { readonly [F in ResizeFilter]: Filter } = {
  bilinear: { matrix: bilinearMatrix, apply: resample },
  bicubic: { matrix: bicubicMatrix, apply: resample },
  "bilinear-antialias": { matrix: antialiasedBilinearMatrix, apply: resample },
  "bicubic-antialias": { matrix: antialiasedMatrix, apply: resample },
  "bilinear-pillow": { matrix: antialiasedBilinearMatrix, apply: pillowResample },
  "bicubic-pillow": { matrix: antialiasedMatrix, apply: pillowResample },
};

/**
 * Images x [N,3,H,W] in [0, 1] → what the record declares, [N,3,h,w] or [N,h,w,3].
 * @throws {ShapeError} if an image is smaller than its crop.
 * @example
 * const record = checkPreprocessing({ resize: { size: 8, filter: "bicubic-pillow", fit: "short-side" }, crop: 8 });
 * trace({ feeds: { x: f32(1, 3, 12, 16) } }, ({ feeds }) => ({ fetches: { y: preprocess(feeds.x, record) } })); // [1,3,8,8]
 */
export function preprocess(x: Tensor, record: CompletePreprocessing): Tensor {
  const { crop, channels, range, mean, std, layout } = record;
  const sized = resized(x, record.resize); // [N,3,h,w]
  const kept = crop === undefined ? sized : centreCrop(sized, crop);
  const channel = (c: number): Tensor => slice(kept, 1, [c, c + 1]);
  const ordered = channels === "RGB" ? kept : concat([channel(2), channel(1), channel(0)], 1);
  const y = normalise(ordered.mul(range[1]), { mean, std });
  return layout === "NCHW" ? y : y.transpose([0, 2, 3, 1]);
}

function resized(x: Tensor, resize: Preprocessing["resize"]): Tensor {
  if (!resize) return x;
  const [, , height, width] = x.shape as [number, number, number, number];
  const { matrix, apply } = filters[resize.filter];
  const [rows, columns] =
    resize.fit === "squash" ? [resize.size, resize.size] : shortSideSize([height, width], resize.size);
  return apply(x, matrix(height, rows), matrix(width, columns)); // [N,3,rows,columns]
}
