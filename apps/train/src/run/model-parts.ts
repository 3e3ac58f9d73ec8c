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
import type { Conditioner, LatentShape, VelocityModel } from "@gmem/spec";
import type { Engine } from "@gmem/tensor";
import { conditioner as unconditional } from "@gmem/unconditional";
import type { RunConfig } from "../config/schema.ts";
import { makeBackbone, predictionOf } from "./make-backbone.ts";

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
  const { kind, ...options } = conditioner;
  return sources[kind](facts, { hiddenSize: backbone.hiddenSize, ...options }) as Promise<Conditioner>;
};

export const makeEngine = ({ engine: { device, threads } }: Pick<RunConfig, "engine">): Promise<Engine> =>
  onnxEngine({ device, ...(threads === null ? {} : { threads }) });

const interpolants = { linear: linearInterpolant, gvp: gvpInterpolant, vp: vpInterpolant } as const;

/** Backbone, S-Adapter and conditioner in one; with REPA's projector where a width for its targets is given. */
export function makeModel(
  config: RunConfig,
  parts: { readonly latent: LatentShape; readonly conditioner: Conditioner; readonly targetWidth?: number | undefined },
): VelocityModel {
  const { latent, conditioner, targetWidth } = parts;
  const { repa, interpolant } = config.objective;
  return velocityModel({
    backbone: makeBackbone(config, latent),
    conditioner,
    adapter: config.adapter,
    interpolant: interpolants[interpolant],
    prediction: predictionOf(config),
    ...(repa && targetWidth !== undefined ? { projector: { width: targetWidth, hidden: repa.hidden } } : {}),
  });
}

/** Tokens a side of the backbone, and so of REPA's targets. */
export const tokenGrid = ({ backbone }: Pick<RunConfig, "backbone">, [, height]: LatentShape): number =>
  height / backbone.patchSize;

/** What is minimised. */
export function makeObjective({ objective: settings }: Pick<RunConfig, "objective">): Objective {
  const { loss, weight, cosine, mask, time, repa, nullProbability } = settings;
  const law = time.law === "uniform" ? uniformTime() : logitNormalTime();
  return objective({
    ...{ loss, weight, cosine, nullProbability },
    time: time.shift === 1 ? law : shiftedTime(law, time.shift),
    ...(mask.p === 0 ? {} : { mask: snippetMask(mask) }),
    ...(repa ? { repa: repa.coefficient } : {}),
  });
}

/** The same loss without masks, dropped conditions and auxiliary terms, for measuring. */
export const plainObjective = ({ objective: { loss, weight } }: Pick<RunConfig, "objective">): Objective =>
  objective({ loss, weight });
