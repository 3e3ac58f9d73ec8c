import type { Tensor } from "@gmem/tensor";

/** Images of [0,1] in the range that autoencoders are trained in, [−1,1]: 2x − 1. */
export const signed = (x: Tensor): Tensor => x.mul(2).sub(1);

/** The inverse of {@link signed}: (y + 1)/2. */
export const unsigned = (y: Tensor): Tensor => y.add(1).mul(0.5);
