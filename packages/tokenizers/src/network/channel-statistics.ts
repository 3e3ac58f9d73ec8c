import { array, checkFinite, constant, GMemError, type Tensor } from "@gmem/tensor";

/** Mean and standard deviation of the latents, one number for each channel or one for all. */
export interface ChannelStatistics {
  readonly mean: ArrayLike<number>;
  readonly std: ArrayLike<number>;
}

/** @throws {GMemError} code `CONFIG` for another number of channels or a deviation that is not positive, `NON_FINITE`. */
export function checkStatistics(name: string, { mean, std }: ChannelStatistics, channels: number): void {
  for (const { length } of [mean, std])
    if (length !== 1 && length !== channels)
      throw new GMemError(
        "CONFIG",
        `${name}: statistics need 1 or ${channels} numbers for mean and std, got ${length}`,
      );
  checkFinite({ mean: array(mean), std: array(std) }, { where: `${name}: statistics`, remedy: "take another file" });
  const narrow = Array.from(std).find((value) => !(value > 0));
  if (narrow !== undefined)
    throw new GMemError("CONFIG", `${name}: statistics need a positive std in every channel, got ${narrow}`);
}

/** (z − mean)/std for z [N,C,h,w]. */
export const normalise = (z: Tensor, { mean, std }: ChannelStatistics): Tensor => z.sub(each(mean)).div(each(std));

/** z·std + mean, the inverse of {@link normalise}. */
export const denormalise = (z: Tensor, { mean, std }: ChannelStatistics): Tensor => z.mul(each(std)).add(each(mean));

/** The standard deviation of what {@link normalise} gives, for σ [N,C,h,w] before it: σ/std. */
export const normaliseDeviation = (sigma: Tensor, { std }: ChannelStatistics): Tensor => sigma.div(each(std));

/** One number a channel, [1,C,1,1], or one for all, [1,1,1,1]. */
const each = (numbers: ArrayLike<number>): Tensor => constant(array(numbers, [1, numbers.length, 1, 1]));
