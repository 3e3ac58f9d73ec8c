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
import { ddpmObjective } from "@gmem/samplers";
import type { Conditioner, LatentShape, VelocityModel } from "@gmem/spec";
import { type Engine, GMemError } from "@gmem/tensor";
import { conditioner as unconditional } from "@gmem/unconditional";
import type { RunConfig } from "../config/schema.ts";
import { makeBackbone, makeDit, predictionOf, processOf } from "./make-backbone.ts";

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
): Conditioner => {
  const { kind, ...options } = conditioner;
  const given = { ...(facts as Required<ConditionerFacts>), hiddenSize: backbone.hiddenSize, ...options };
  return sources[kind](given) as Conditioner; // the memory bank's says so if there is none
};

export async function makeEngine({ engine: { kind, device, threads } }: Pick<RunConfig, "engine">): Promise<Engine> {
  if (kind === "tfjs") return (await import("@gmem/engine-tfjs")).tfjsNodeGpu();
  return onnxEngine({ device, ...(threads === null ? {} : { threads }) });
}

const interpolants = { linear: linearInterpolant, gvp: gvpInterpolant, vp: vpInterpolant } as const;

/** Backbone, S-Adapter and conditioner in one; with REPA's projector where a width for its targets is given. */
export function makeModel(
  config: RunConfig,
  parts: { readonly latent: LatentShape; readonly conditioner: Conditioner; readonly targetWidth?: number | undefined },
): VelocityModel {
  const { latent, conditioner, targetWidth } = parts;
  const { repa, interpolant, loss } = config.objective;
  return velocityModel({
    backbone: makeBackbone(config, latent),
    conditioner,
    adapter: config.adapter,
    interpolant: interpolants[loss === "ddpm" ? "vp" : interpolant], // DDPM's linear schedule in continuous time
    prediction: predictionOf(config),
    ...(repa && targetWidth !== undefined ? { projector: { width: targetWidth, hidden: repa.hidden } } : {}),
  });
}

/** Tokens a side of the backbone, and so of REPA's targets. */
export const tokenGrid = ({ backbone }: Pick<RunConfig, "backbone">, [, height]: LatentShape): number =>
  height / backbone.patchSize;

/** What is minimised. @throws {GMemError} code `CONFIG` for the loss of another backbone. */
export function makeObjective(config: Pick<RunConfig, "objective" | "backbone">, latent: LatentShape): Objective {
  const { loss, weight, cosine, mask, time, repa, nullProbability } = config.objective;
  const law = time.law === "uniform" ? uniformTime() : logitNormalTime();
  const drawn = objective({
    ...{ loss: loss === "ddpm" ? "noise" : loss, weight, cosine, nullProbability },
    time: time.shift === 1 ? law : shiftedTime(law, time.shift),
    ...(mask.p === 0 ? {} : { mask: snippetMask(mask) }),
    ...(repa ? { repa: repa.coefficient } : {}),
  });
  if (loss !== "ddpm") return drawn;
  const backbone = makeDit(config, latent);
  if (!backbone)
    throw new GMemError("CONFIG", `objective.loss: ddpm is for backbone.kind=dit, got ${config.backbone.kind}`);
  return ddpmObjective(drawn, { process: processOf(backbone), denoise: backbone.atStep });
}

/** The same loss without masks, dropped conditions and auxiliary terms, for measuring. */
export const plainObjective = ({ objective: { loss, weight } }: Pick<RunConfig, "objective">): Objective =>
  objective({ loss: loss === "ddpm" ? "noise" : loss, weight });
