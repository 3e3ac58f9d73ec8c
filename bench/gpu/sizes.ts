import { type Size, sizes } from "../network.ts";

/** The train steps that a card is measured by, those that take longest last. */
export const gpuSizes: Readonly<Record<string, Size>> = {
  "d128 L6 T64 B64": sizes.d128,
  "d384 L12 T256 B8": sizes.d384,
  "d768 L12 T256 B4": sizes.d768,
  "d384 L12 T256 B64": { ...sizes.d384, batch: 64 },
  "d768 L12 T256 B32": { ...sizes.d768, batch: 32 },
};

/** The same paths where a step takes a second whatever its size. */
export const tinySizes: Readonly<Record<string, Size>> = {
  "d32 L2 T16 B2": { ...sizes.demo, d: 32, depth: 2, heads: 2, batch: 2 },
};
