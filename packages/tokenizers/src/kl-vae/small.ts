import type { KlVaeConfig } from "./config.ts";

/** f4d4, 0.8 M parameters: learned on two cores in minutes, from pictures of 32 to 128 pixels. */
export const klVaeSmall: KlVaeConfig = {
  channels: 32,
  multipliers: [1, 2, 2],
  residualBlocks: 1,
  attentionLevels: [],
  zChannels: 4,
  latentChannels: 4,
  resampling: "mean",
  attention: "none",
};
