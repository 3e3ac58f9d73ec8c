import { array, constant, type Tensor } from "@gmem/tensor";

/** 0 on and below the diagonal, above it a score that no softmax sees. [T,T]. */
export const causalMask = (t: number): Tensor =>
  constant(
    array(
      Float32Array.from({ length: t * t }, (_, i) => (i % t > Math.floor(i / t) ? -1e9 : 0)),
      [t, t],
    ),
  );
