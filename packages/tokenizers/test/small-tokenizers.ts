import type { Named, NDArray } from "@gmem/tensor";
import { drawnParameters } from "@gmem/testing";
import { type DcAeConfig, type DcAeStage, dcAeParameters } from "../src/dc-ae/index.ts";
import { type KlVaeConfig, klVaeParameters } from "../src/sd-vae/index.ts";

/** A KL-VAE of factor 2 with attention. */
export const smallKlVae: KlVaeConfig = {
  channels: 32,
  multipliers: [1, 1],
  residualBlocks: 1,
  attentionLevels: [1],
  zChannels: 4,
  latentChannels: 4,
};
export const smallKlVaeWeights = (): Named<NDArray> => drawnParameters(klVaeParameters(smallKlVae));

const stage = (width: number, block: DcAeStage["block"]): DcAeStage => ({
  width,
  depth: 1,
  block,
  norm: "rms",
  activation: "silu",
  scales: block === "attention" ? [5] : [],
});

/** A DC-AE of factor 2 with Sana's blocks. */
export const smallDcAe: DcAeConfig = {
  latentChannels: 8,
  encoder: { stages: [stage(8, "residual"), stage(32, "attention")], downsample: "stride" },
  decoder: { stages: [stage(8, "residual"), stage(32, "attention")], upsample: "nearest" },
  scale: 0.4,
};
export const smallDcAeWeights = (): Named<NDArray> => drawnParameters(dcAeParameters(smallDcAe));
