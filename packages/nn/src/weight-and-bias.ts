import { type Aval, f32, type Named, type Shape } from "@gmem/tensor";

/**
 * `${at}.weight` of a shape and `${at}.bias` of its first axis: what a linear layer, a convolution or a norm has.
 * @example
 * weightAndBias("fc1", [256, 64]); // fc1.weight [256,64], fc1.bias [256]
 */
export const weightAndBias = (at: string, weight: Shape): Named<Aval> => ({
  [`${at}.weight`]: f32(...weight),
  [`${at}.bias`]: f32(...weight.slice(0, 1)),
});
