import type { NDArray } from "@gmem/tensor";

/** x [N,C,H,W] after a step, its time, and whether it is the last → x to go on with. */
export type Keep = (x: NDArray<"f32">, at: { readonly t: number; readonly isLast: boolean }) => NDArray<"f32">;
