import { type Aval, array, key, type Named, type NDArray, sizeOf } from "@gmem/tensor";
import { type DcAeConfig, type DcAeStage, dcAeParameters } from "../src/dc-ae/index.ts";
import { type KlVaeConfig, klVaeParameters } from "../src/sd-vae/index.ts";

/** Untrained weights: N(0, 1/fan-in) for matrices, 1 ± 0.1 for scales and variances, 0.1 N(0, 1) else. */
const untrained = (parameters: Named<Aval>): Named<NDArray> =>
  Object.fromEntries(
    Object.entries(parameters).map(([name, { shape }]) => {
      const { data } = key(0).split(name).normal(shape);
      const vector = shape.length === 1;
      const scale = vector ? 0.1 : 1 / Math.sqrt(sizeOf(shape.slice(1)));
      const around = vector && /weight|var/.test(name) ? 1 : 0;
      return [
        name,
        array(
          data.map((value) => around + scale * value),
          shape,
        ),
      ];
    }),
  );

/** A KL-VAE of factor 2 with attention. */
export const smallKlVae: KlVaeConfig = {
  channels: 32,
  multipliers: [1, 1],
  residualBlocks: 1,
  attentionLevels: [1],
  zChannels: 4,
  latentChannels: 4,
};
export const smallKlVaeWeights = (): Named<NDArray> => untrained(klVaeParameters(smallKlVae));

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
export const smallDcAeWeights = (): Named<NDArray> => untrained(dcAeParameters(smallDcAe));
