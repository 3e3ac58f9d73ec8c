import { build } from "@gmem/memory-bank";
import type { VelocityModel } from "@gmem/spec";
import { key, mapNamed, type Named, type NDArray } from "@gmem/tensor";
import { drawnParameters } from "@gmem/testing";
import { checkConfig } from "../src/config/load.ts";
import type { RunConfig } from "../src/config/schema.ts";
import { openModel } from "../src/open/open-model.ts";

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
  const isSana = backbone === "sana";
  const cross = { crossHeads: 3, contextDim: 8 };
  const config = checkConfig(
    {
      name: "untrained",
      data: "scenes",
      steps: 1,
      batch: 1,
      image: { size: 8 },
      backbone: { kind: backbone, patchSize: 2, depth: 2, hiddenSize: 24, heads: 2, ...(isSana && cross) },
      ...(isSana && { adapter: { kind: "captions", tokens: 3, hiddenSize: 16, time: true } }),
      conditioner: { kind: conditioner },
      sampler,
    },
    "untrained",
  );
  const bank = build(key(1).normal([40, 12]));
  const model = await openModel(config, { bank, classes: 5 });
  const first = model.init(key(2));
  const random = drawnParameters(first);
  const parameters = mapNamed(first, (value, name) =>
    model.frozen.includes(name) ? value : (random[name] as NDArray),
  );
  return { config, model, parameters };
}
