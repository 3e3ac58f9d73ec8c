import { build } from "@gmem/memory-bank";
import type { VelocityModel } from "@gmem/spec";
import { array, key, mapNamed, type Named, type NDArray, type Shape, sizeOf } from "@gmem/tensor";
import { checkConfig } from "../../config/load.ts";
import type { RunConfig } from "../../config/schema.ts";
import { openModel } from "../../open/open-model.ts";

/** Values that make a network do something: N(0, 1/fan-in) for matrices, near 1 for scales, small ones else. */
export const drawn = (parameters: Named<{ readonly shape: Shape }>): Named<NDArray> =>
  Object.fromEntries(
    Object.entries(parameters).map(([name, { shape }]) => {
      const { data } = key(3).split(name).normal(shape);
      const scale = shape.length > 1 ? 1 / Math.sqrt(sizeOf(shape.slice(1))) : 0.1;
      const around = shape.length === 1 && /weight|var|gamma/.test(name) ? 1 : 0;
      return [
        name,
        array(
          Float32Array.from(data, (value) => around + scale * value),
          shape,
        ),
      ];
    }),
  );

export interface UntrainedModel {
  readonly config: RunConfig;
  readonly model: VelocityModel;
  readonly parameters: Named<NDArray>;
}

/** A small model of a configuration, all of whose parameters are random: nothing is zero as at the start of training. */
export async function untrainedModel(
  backbone: string,
  conditioner: string,
  sampler: Partial<RunConfig["sampler"]> = {},
): Promise<UntrainedModel> {
  const config = checkConfig(
    {
      name: "untrained",
      data: "scenes",
      steps: 1,
      batch: 1,
      image: { size: 8 },
      backbone: { kind: backbone, patchSize: 2, depth: 2, hiddenSize: 24, heads: 2 },
      conditioner: { kind: conditioner },
      sampler,
    },
    "untrained",
  );
  const bank = build(key(1).normal([40, 12]));
  const model = await openModel(config, { bank, classes: 5 });
  const first = model.init(key(2));
  const random = drawn(first);
  const parameters = mapNamed(first, (value, name) =>
    model.frozen.includes(name) ? value : (random[name] as NDArray),
  );
  return { config, model, parameters };
}
