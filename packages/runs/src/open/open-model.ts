import {
  gvpInterpolant,
  linearInterpolant,
  logitNormalTime,
  objective,
  repaAlignment,
  shiftedTime,
  snippetMask,
  uniformTime,
  velocityModel,
  vpInterpolant,
} from "@gmem/model";
import { ddpmObjective } from "@gmem/samplers";
import type { Backbone, ContextBackbone, LatentShape, Objective, VelocityModel } from "@gmem/spec";
import { contrastive, snippetRegression } from "@gmem/t2s";
import { GMemError } from "@gmem/tensor";
import type { RunConfig } from "../config/schema.ts";
import { processOf } from "../parts/backbone/dit.ts";
import { openBackbone, openDit, predictionOf } from "../parts/backbone.ts";
import { openConditioner } from "../parts/conditioner.ts";
import type { ConditionerContext } from "../parts/conditioner-kind.ts";
import { latentShape } from "../parts/tokenizer.ts";

const interpolants = { linear: linearInterpolant, gvp: gvpInterpolant, vp: vpInterpolant } as const;

type LossSettings = Pick<RunConfig, "objective" | "backbone"> & Partial<Pick<RunConfig, "conditioner">>;

export interface ModelParts extends Omit<ConditionerContext, "hiddenSize" | "contextDim"> {
  /** Of REPA's targets, one for each encoder, in training. */
  readonly targetWidths?: readonly number[] | undefined;
}

/** Backbone, S-Adapter and conditioner in one; with REPA's projectors where widths for its targets are given. */
export async function openModel(
  config: RunConfig,
  { targetWidths = [], ...parts }: ModelParts,
): Promise<VelocityModel> {
  const { repa, interpolant, loss } = config.objective;
  const backbone = await openBackbone(config, await latentShape(config));
  return velocityModel({
    backbone,
    conditioner: await openConditioner(config.conditioner, { ...parts, ...widthsOf(backbone) }),
    adapter: config.adapter,
    interpolant: interpolants[loss === "ddpm" ? "vp" : interpolant], // DDPM's linear schedule in continuous time
    prediction: predictionOf(config),
    ...(repa ? { projectors: targetWidths.map((width) => ({ width, hidden: repa.hidden })) } : {}),
  });
}

/** What conditioners must know of a network. */
const widthsOf = (backbone: Backbone): Pick<ConditionerContext, "hiddenSize" | "contextDim"> => ({
  hiddenSize: backbone.hiddenSize,
  ...("contextDim" in backbone && { contextDim: (backbone as ContextBackbone).contextDim }),
});

/**
 * Tokens a side of the backbone, and so of REPA's targets.
 * @throws {GMemError} code `CONFIG` for a network from elsewhere without a patch size in its `config`.
 */
export async function tokenGrid(config: RunConfig): Promise<number> {
  const { latent, config: own, name } = await openBackbone(config, await latentShape(config));
  if (typeof own.patchSize === "number") return latent[1] / own.patchSize;
  throw new GMemError(
    "CONFIG",
    `objective.repa: needs the patchSize of the backbone's config, got none from "${name}"`,
  );
}

/** What is minimised. @throws {GMemError} code `CONFIG` for a loss that does not suit the backbone, or its own settings. */
export function openObjective(config: LossSettings, latent: LatentShape): Objective {
  const { loss, weight, cosine, mask, time, repa, nullProbability } = config.objective;
  checkLoss(config);
  const { conditioner } = config;
  if (conditioner?.kind === "t2s" && conditioner.loss === "snippet-regression")
    return snippetRegression({ lambda: conditioner.lambda });
  if (conditioner?.kind === "t2s" && conditioner.loss === "contrastive")
    return contrastive({ temperature: conditioner.temperature });
  const law = time.law === "uniform" ? uniformTime() : logitNormalTime();
  const drawn = objective({
    loss: loss === "ddpm" ? "noise" : loss,
    weight,
    cosine,
    nullProbability,
    time: time.shift === 1 ? law : shiftedTime(law, time.shift),
    ...(mask.p === 0 ? {} : { mask: snippetMask(mask) }),
    ...(repa ? { repa: repa.coefficient } : {}),
  });
  const backbone = loss === "ddpm" ? openDit(config, latent) : undefined;
  if (!backbone) return drawn;
  return ddpmObjective(drawn, {
    process: processOf(backbone),
    denoise: backbone.atStep,
    ...(repa ? { repa: { coefficient: repa.coefficient, alignment: repaAlignment } } : {}),
  });
}

/** A loss is of the process that its network is of; what it would pass over is refused. */
function checkLoss({ objective: { loss, weight, interpolant, cosine }, backbone: { kind } }: LossSettings): void {
  const rule = (isMet: boolean, text: string): void => {
    if (!isMet) throw new GMemError("CONFIG", `objective.${text}`);
  };
  rule(
    kind !== "dit" || loss !== "velocity",
    "loss: must be ddpm or noise for backbone.kind=dit, which predicts the noise, got velocity, in which an error of the noise grows without bound towards t = 1; leave it out, or take backbone.kind=sit",
  );
  if (loss !== "ddpm") return;
  rule(kind === "dit", `loss: ddpm is for backbone.kind=dit, got ${kind}; leave it out`);
  rule(interpolant === "vp", `interpolant: must be vp with loss ddpm, got ${interpolant}; leave it out`);
  rule(weight === "none", `weight: must be none with loss ddpm, got ${weight}; leave it out`);
  rule(cosine === 0, `cosine: must be 0 with loss ddpm, which has no velocities, got ${cosine}; leave it out`);
}

/** The same loss without masks, dropped conditions and auxiliary terms, for measuring. */
export const plainObjective = ({ objective: { loss, weight } }: Pick<RunConfig, "objective">): Objective =>
  objective({ loss: loss === "ddpm" ? "noise" : loss, weight });
