import { type Aval, avalsOf, type Named, type NDArray, type Rng, zeros } from "@gmem/tensor";

/** A key that draws zeros: initialisers run for their shapes alone. */
const blank: Rng = {
  split: () => blank,
  normal: (shape) => zeros(shape),
  uniform: (shape) => zeros(shape),
  bits: (count) => new Uint32Array(count),
  permutation: (n) => Int32Array.from({ length: n }, (_, i) => i),
};

/** Names, shapes and types of what an initialiser makes, without random draws. */
export const parameterAvals = (init: (rng: Rng) => Named<NDArray>): Named<Aval> => avalsOf(init(blank));
