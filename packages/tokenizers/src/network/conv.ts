import { param, weightAndBias } from "@gmem/nn";
import { type Aval, conv2d, f32, type Named, type Tensor } from "@gmem/tensor";

/**
 * Convolution of x [N,C,H,W] with `${at}.weight` [O,C/groups,k,k] and, if it is there, `${at}.bias` [O]. Padding keeps
 * the size at stride 1.
 */
export function conv(
  p: Named<Tensor>,
  at: string,
  x: Tensor,
  options: { readonly stride?: number; readonly padding?: number; readonly groups?: number } = {},
): Tensor {
  const weight = param(p, `${at}.weight`); // [O,C/groups,k,k]
  const [out = 0, , kernel = 1] = weight.shape;
  const { stride = 1, padding = (kernel - 1) / 2, groups = 1 } = options;
  const y = conv2d(x, weight, { stride, padding, groups }); // [N,O,H',W']
  const bias = p[`${at}.bias`];
  return bias ? y.add(bias.reshape([1, out, 1, 1])) : y;
}

/** The parameters of one convolution. */
export const convParameters = (
  at: string,
  shape: readonly [out: number, channels: number, kernel: number],
  bias = true,
): Named<Aval> => {
  const [out, channels, kernel] = shape;
  const weight = [out, channels, kernel, kernel];
  return bias ? weightAndBias(at, weight) : { [`${at}.weight`]: f32(...weight) };
};

/** Weight and bias of a normalisation. */
export const normParameters = (at: string, channels: number): Named<Aval> => weightAndBias(at, [channels]);
