import { array, GMemError, type NDArray } from "@gmem/tensor";

/** Mean and standard deviation of the latents, one number for each channel or one for all. */
export interface ChannelStatistics {
  readonly mean: ArrayLike<number>;
  readonly std: ArrayLike<number>;
}

/** (z − mean)/std for z [N,C,h,w]. @throws {GMemError} code `CONFIG` for statistics of another number of channels. */
export const normalise = (z: NDArray<"f32">, statistics: ChannelStatistics): NDArray<"f32"> =>
  perChannel(z, statistics, (value, mean, std) => (value - mean) / std);

/** The inverse of {@link normalise}. */
export const denormalise = (z: NDArray<"f32">, statistics: ChannelStatistics): NDArray<"f32"> =>
  perChannel(z, statistics, (value, mean, std) => value * std + mean);

function perChannel(
  z: NDArray<"f32">,
  { mean, std }: ChannelStatistics,
  map: (value: number, mean: number, std: number) => number,
): NDArray<"f32"> {
  const [, channels = 1, height = 1, width = 1] = z.shape;
  for (const { length } of [mean, std])
    if (length !== 1 && length !== channels)
      throw new GMemError("CONFIG", `statistics: need 1 or ${channels} numbers for mean and std, got ${length}`);
  const at = (numbers: ArrayLike<number>, c: number): number => numbers[numbers.length === 1 ? 0 : c] as number;
  const out = z.data.map((value, i) => {
    const c = Math.floor(i / (height * width)) % channels;
    return map(value, at(mean, c), at(std, c));
  });
  return array(out, z.shape);
}
