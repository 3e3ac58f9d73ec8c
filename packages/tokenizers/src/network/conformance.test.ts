import { array, key, type Named, type NDArray, referenceEngine, type Shape, sizeOf } from "@gmem/tensor";
import { testTokenizer } from "@gmem/testing";
import { type DcAeConfig, type DcAeStage, dcAe, dcAeShapes } from "../dc-ae/index.ts";
import { type KlVaeConfig, klVaeShapes, sdVae } from "../sd-vae/index.ts";
import { vaVae } from "../va-vae/index.ts";

/** Untrained weights: N(0, 1/fan-in) for matrices, 1 ± 0.1 for scales and variances, 0.1 N(0, 1) else. */
const untrained = (shapes: Named<Shape>): Named<NDArray> =>
  Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => {
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

const small: KlVaeConfig = {
  channels: 32,
  multipliers: [1, 1],
  residualBlocks: 1,
  attentionLevels: [1],
  zChannels: 4,
  latentChannels: 4,
};

const stage = (width: number, block: DcAeStage["block"]): DcAeStage => ({
  ...{ width, depth: 1, block, norm: "rms", activation: "silu" },
  scales: block === "attention" ? [5] : [],
});
const sana: DcAeConfig = {
  latentChannels: 8,
  encoder: { stages: [stage(8, "residual"), stage(32, "attention")], downsample: "stride" },
  decoder: { stages: [stage(8, "residual"), stage(32, "attention")], upsample: "nearest" },
  scale: 0.4,
};

// nothing was trained: only that images come back as images is asked for
const options = { imageSize: 8, loss: 2 };
const engine = referenceEngine();
testTokenizer("sd-vae", () => sdVae(small, { engine, weights: untrained(klVaeShapes(small)) }), options);
testTokenizer("va-vae", () => vaVae(small, { engine, weights: untrained(klVaeShapes(small)), tileSize: 6 }), options);
testTokenizer("dc-ae", () => dcAe(sana, { engine, weights: untrained(dcAeShapes(sana)) }), options);
