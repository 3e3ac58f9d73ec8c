export { antialiasedMatrix } from "./bicubic.ts";
export type { ResampleOptions } from "./kernel-matrix.ts";
export { type ChannelStatistics, normalise } from "./normalise.ts";
export { pillowResample } from "./pillow.ts";
export { resample } from "./resample.ts";
