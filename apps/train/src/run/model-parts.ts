import { sit } from "@gmem/backbones/sit";
import { conditioner as classTable } from "@gmem/class-table";
import { onnxEngine } from "@gmem/engine-onnx";
import { type Bank, conditioner as memoryBank } from "@gmem/memory-bank";
import {
  gvpInterpolant,
  linearInterpolant,
  logitNormalTime,
  type Objective,
  objective,
  shiftedTime,
  snippetMask,
  uniformTime,
  velocityModel,
  vpInterpolant,
} from "@gmem/model";
import type { Conditioner, LatentShape, Tokenizer, VelocityModel } from "@gmem/spec";
import type { Engine } from "@gmem/tensor";
import { pixels } from "@gmem/tokenizers/pixels";
import { conditioner as unconditional } from "@gmem/unconditional";
import type { RunConfig } from "../config/schema.ts";

/** What conditioners may need: each takes its own. */
export interface ConditionerFacts {
  readonly bank?: Bank;
  readonly classes: number;
}

const sources = { "memory-bank": memoryBank, "class-table": classTable, unconditional } as const;

/** Figure 4: the source of the conditioning, by the configuration's word for it. */
export const makeConditioner = (
  { conditioner, backbone }: Pick<RunConfig, "conditioner" | "backbone">,
  facts: ConditionerFacts,
): Promise<Conditioner> => {
  const { hiddenSize } = backbone;
  const { dropProbability } = conditioner;
  return sources[conditioner.kind](facts, { hiddenSize, dropProbability }) as Promise<Conditioner>;
};

export const makeEngine = ({ engine: { device, threads } }: Pick<RunConfig, "engine">): Promise<Engine> =>
  onnxEngine({ device, ...(threads === null ? {} : { threads }) });

export const makeTokenizer = ({ image }: Pick<RunConfig, "image">): Tokenizer => pixels({ size: image.size });

const interpolants = { linear: linearInterpolant, gvp: gvpInterpolant, vp: vpInterpolant } as const;

/** Backbone, S-Adapter and conditioner in one. */
export function makeModel(config: RunConfig, latent: LatentShape, conditioner: Conditioner): VelocityModel {
  const { kind: _, ...backbone } = config.backbone;
  return velocityModel({
    backbone: sit({ ...backbone, latent }),
    conditioner,
    adapter: config.adapter,
    interpolant: interpolants[config.objective.interpolant],
    prediction: config.objective.loss,
  });
}

/** What is minimised. */
export function makeObjective({ objective: settings }: Pick<RunConfig, "objective">): Objective {
  const { loss, weight, cosine, mask, time, nullProbability } = settings;
  const law = time.law === "uniform" ? uniformTime() : logitNormalTime();
  return objective({
    ...{ loss, weight, cosine, nullProbability },
    time: time.shift === 1 ? law : shiftedTime(law, time.shift),
    ...(mask.p === 0 ? {} : { mask: snippetMask(mask) }),
  });
}

/** The same loss without masks and dropped conditions, for measuring. */
export const plainObjective = ({ objective: { loss, weight } }: Pick<RunConfig, "objective">): Objective =>
  objective({ loss, weight });
