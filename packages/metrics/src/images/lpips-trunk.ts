import { param } from "@gmem/nn";
import { concat, conv2d, type Named, relu, type Tensor } from "@gmem/tensor";
import { overlappingMaxPool } from "../inception/pooling.ts";

/** The networks that LPIPS was published with. */
export type LpipsNet = "alex" | "vgg" | "squeeze";

/** Pixels of the shorter side below which a layer has no window left: the poolings halve, 11 × 11 and 3 × 3 cut the edge. */
export const smallestSide: Readonly<Record<LpipsNet, number>> = { alex: 31, vgg: 16, squeeze: 17 };

type Layer = (p: Named<Tensor>, slice: string, x: Tensor) => Tensor;

/** relu(conv x + b) at `${at}`. */
function convolved(p: Named<Tensor>, at: string, x: Tensor, how: { stride?: number; padding?: number }): Tensor {
  const bias = param(p, `${at}.bias`); // [O]
  return relu(conv2d(x, param(p, `${at}.weight`), how).add(bias.reshape([bias.shape[0] as number, 1, 1])));
}

const conv =
  (index: number, how: { stride?: number; padding?: number } = { padding: 1 }): Layer =>
  (p, slice, x) =>
    convolved(p, `${slice}.${index}`, x, how);

const pool =
  (window: number, ceil = false): Layer =>
  (_p, _slice, x) =>
    overlappingMaxPool(x, { window, stride: 2, ceil });

/** SqueezeNet's module: a 1×1 convolution, then 1×1 and 3×3 beside each other. */
const fire =
  (index: number): Layer =>
  (p, slice, x) => {
    const at = `${slice}.${index}`;
    const squeezed = convolved(p, `${at}.squeeze`, x, {});
    const wide = convolved(p, `${at}.expand3x3`, squeezed, { padding: 1 });
    return concat([convolved(p, `${at}.expand1x1`, squeezed, {}), wide], 1);
  };

/** Layers of each slice, with torchvision's indices; the output of every slice is compared. */
const slices: Readonly<Record<LpipsNet, readonly (readonly Layer[])[]>> = {
  alex: [
    [conv(0, { stride: 4, padding: 2 })],
    [pool(3), conv(3, { padding: 2 })],
    [pool(3), conv(6)],
    [conv(8)],
    [conv(10)],
  ],
  vgg: [
    [conv(0), conv(2)],
    [pool(2), conv(5), conv(7)],
    [pool(2), conv(10), conv(12), conv(14)],
    [pool(2), conv(17), conv(19), conv(21)],
    [pool(2), conv(24), conv(26), conv(28)],
  ],
  squeeze: [
    [conv(0, { stride: 2 })],
    [pool(3, true), fire(3), fire(4)],
    [pool(3, true), fire(6), fire(7)],
    [pool(3, true), fire(9)],
    [fire(10)],
    [fire(11)],
    [fire(12)],
  ],
};

/** Outputs of every slice of a network at `net.slice1` …: x [N,3,H,W], already scaled → [N,C,H',W'] each. */
export function trunkFeatures(p: Named<Tensor>, net: LpipsNet, x: Tensor): readonly Tensor[] {
  let h = x;
  return slices[net].map((layers, i) => {
    for (const layer of layers) h = layer(p, `net.slice${i + 1}`, h);
    return h;
  });
}
