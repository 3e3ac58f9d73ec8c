import { array, constant, type Tensor } from "@gmem/tensor";

/** Mean and standard deviation of each channel, pixels in [0, 1]. */
export interface ChannelStatistics {
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

/** (x − mean)/std of each channel of x [N,3,H,W]. */
export const normalise = (x: Tensor, { mean, std }: ChannelStatistics): Tensor =>
  x.sub(constant(array(mean, [1, 3, 1, 1]))).div(constant(array(std, [1, 3, 1, 1])));
