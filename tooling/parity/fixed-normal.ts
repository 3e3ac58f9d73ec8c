import { array, type Rng } from "@gmem/tensor";

/** A key whose normal numbers are those of a file. */
export const fixedNormal = (values: ArrayLike<number>): Rng => ({
  ...({} as Rng),
  normal: (shape) => array(values, shape),
});
