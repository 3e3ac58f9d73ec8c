import {
  type Aval,
  broadcast,
  mean,
  type Named,
  pixelShuffle,
  pixelUnshuffle,
  type Tensor,
  upsampleNearest,
} from "@gmem/tensor";
import { conv, convParameters } from "../network/conv.ts";
import type { DcAeConfig } from "./config.ts";

type Down = DcAeConfig["encoder"]["downsample"];
type Up = DcAeConfig["decoder"]["upsample"];

/** Means of consecutive channels of x [N,C,H,W], [N,channels,H,W]: the shortcut where channels become fewer. */
export function averageChannels(x: Tensor, channels: number): Tensor {
  const [n, c, height, width] = x.shape as [number, number, number, number];
  return mean(x.reshape([n, channels, c / channels, height, width]), { axes: [2] });
}

/** Each channel of x [N,C,H,W] several times in a row, [N,channels,H,W]: the shortcut where channels become more. */
export function repeatChannels(x: Tensor, channels: number): Tensor {
  const [n, c, height, width] = x.shape as [number, number, number, number];
  const repeated = broadcast(x.reshape([n, c, 1, height, width]), [n, c, channels / c, height, width]);
  return repeated.reshape([n, channels, height, width]);
}

/** Half the size, [N,C,H,W] → [N,O,H/2,W/2], without shortcut. */
export const halve = (p: Named<Tensor>, at: string, x: Tensor, kind: Down): Tensor =>
  kind === "unshuffle"
    ? pixelUnshuffle(conv(p, `${at}.conv.conv`, x), 2)
    : conv(p, `${at}.conv`, x, { stride: 2, padding: 1 });

/** Twice the size, [N,C,H,W] → [N,O,2H,2W], without shortcut. */
export const double = (p: Named<Tensor>, at: string, x: Tensor, kind: Up): Tensor =>
  kind === "shuffle"
    ? pixelShuffle(conv(p, `${at}.conv.conv`, x), 2)
    : conv(p, `${at}.conv.conv`, upsampleNearest(x, 2));

/** {@link halve} + the unshuffled input averaged to its channels. */
export function halveWithShortcut(p: Named<Tensor>, at: string, x: Tensor, kind: Down): Tensor {
  const y = halve(p, `${at}.main`, x, kind); // [N,O,H/2,W/2]
  return y.add(averageChannels(pixelUnshuffle(x, 2), y.shape[1] as number));
}

/** {@link double} + the input, its channels repeated and shuffled. */
export function doubleWithShortcut(p: Named<Tensor>, at: string, x: Tensor, kind: Up): Tensor {
  const y = double(p, `${at}.main`, x, kind); // [N,O,2H,2W]
  return y.add(pixelShuffle(repeatChannels(x, 4 * (y.shape[1] as number)), 2));
}

export const halveParameters = (at: string, channels: number, to: { out: number; kind: Down }): Named<Aval> =>
  to.kind === "unshuffle"
    ? convParameters(`${at}.conv.conv`, [to.out / 4, channels, 3])
    : convParameters(`${at}.conv`, [to.out, channels, 3]);

export const doubleParameters = (at: string, channels: number, to: { out: number; kind: Up }): Named<Aval> =>
  convParameters(`${at}.conv.conv`, [to.kind === "shuffle" ? 4 * to.out : to.out, channels, 3]);
