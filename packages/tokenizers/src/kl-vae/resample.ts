import { mean, type Named, pad, type Tensor, upsampleNearest } from "@gmem/tensor";
import { conv } from "../network/conv.ts";
import type { KlVaeConfig } from "./config.ts";

type Kind = KlVaeConfig["resampling"];

/**
 * Half the size, [N,C,H,W] → [N,C,H/2,W/2], by `${at}.downsample.conv` or by means of four. The convolution pads right and
 * bottom only: stride 2 over [N,C,H+1,W+1].
 */
export function halve(p: Named<Tensor>, at: string, x: Tensor, kind: Kind = "convolution"): Tensor {
  if (kind === "mean") {
    const [n, c, height, width] = x.shape as [number, number, number, number];
    return mean(x.reshape([n, c, height / 2, 2, width / 2, 2]), { axes: [3, 5] });
  }
  const padded = pad(x, [
    [0, 0],
    [0, 0],
    [0, 1],
    [0, 1],
  ]);
  return conv(p, `${at}.downsample.conv`, padded, { stride: 2, padding: 0 });
}

/** Twice the size, [N,C,H,W] → [N,C,2H,2W], each pixel four times, through `${at}.upsample.conv` if there is one. */
export function double(p: Named<Tensor>, at: string, x: Tensor, kind: Kind = "convolution"): Tensor {
  const wide = upsampleNearest(x, 2);
  return kind === "mean" ? wide : conv(p, `${at}.upsample.conv`, wide);
}
