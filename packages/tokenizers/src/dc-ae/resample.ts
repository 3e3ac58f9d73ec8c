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
import type { DcAeDecoderConfig, DcAeEncoderConfig } from "./config.ts";

type Down = DcAeEncoderConfig["downsample"];
type Up = DcAeDecoderConfig["upsample"];

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

/** Where a layer stands: inside a residual block, or alone. */
export const inResidual = (at: string, shortcut = true): string => (shortcut ? `${at}.main` : at);

/** {@link halve} + the unshuffled input averaged to its channels, unless there is no shortcut. */
export function halveStage(p: Named<Tensor>, at: string, x: Tensor, encoder: DcAeEncoderConfig): Tensor {
  const { downsample, downsampleShortcut = true } = encoder;
  const y = halve(p, inResidual(at, downsampleShortcut), x, downsample); // [N,O,H/2,W/2]
  if (!downsampleShortcut) return y;
  return y.add(averageChannels(pixelUnshuffle(x, 2), y.shape[1] as number));
}

/** {@link double} + the input, its channels repeated and shuffled, unless there is no shortcut. */
export function doubleStage(p: Named<Tensor>, at: string, x: Tensor, decoder: DcAeDecoderConfig): Tensor {
  const { upsample, upsampleShortcut = true } = decoder;
  const y = double(p, inResidual(at, upsampleShortcut), x, upsample); // [N,O,2H,2W]
  if (!upsampleShortcut) return y;
  return y.add(pixelShuffle(repeatChannels(x, 4 * (y.shape[1] as number)), 2));
}

export const halveParameters = (at: string, channels: number, to: { out: number; kind: Down }): Named<Aval> =>
  to.kind === "unshuffle"
    ? convParameters(`${at}.conv.conv`, [to.out / 4, channels, 3])
    : convParameters(`${at}.conv`, [to.out, channels, 3]);

export const doubleParameters = (at: string, channels: number, to: { out: number; kind: Up }): Named<Aval> =>
  convParameters(`${at}.conv.conv`, [to.kind === "shuffle" ? 4 * to.out : to.out, channels, 3]);
