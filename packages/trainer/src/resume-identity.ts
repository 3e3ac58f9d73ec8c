import { createRequire } from "node:module";
import { type Engine, mapNamed, type Named } from "@gmem/tensor";
import type { Json } from "./checkpoint.ts";
import { dataId } from "./data-id.ts";
import type { ResolvedOptions } from "./train-options.ts";

/** What a checkpoint stands for: it is stored in each of them, and a run that continues one must have the same. */
export interface ResumeIdentity {
  /** Everything that decides what a step computes. */
  readonly config: Json;
  readonly dataId: string;
}

/** The identity of the run that these options describe. */
export const resumeIdentity = async (options: ResolvedOptions): Promise<ResumeIdentity> => ({
  config: stepConfig(options),
  dataId: options.dataId ?? (await dataId(options.data)),
});

function stepConfig(options: ResolvedOptions): Json {
  const { model, objective, batchSize, accumulate, seed, optimizer, ema, schedule, config } = options;
  const { backbone, conditioner, interpolant, prediction } = model;
  const all = {
    backbone: { name: backbone.name, ...backbone.config },
    conditioner: { name: conditioner.name, snippetDim: conditioner.snippetDim, output: conditioner.output },
    interpolant: interpolant.name,
    prediction,
    objective: objective.options,
    parameters: mapNamed(model.avals(), ({ shape }) => shape),
    batchSize,
    accumulate,
    seed,
    optimizer,
    ema,
    schedule,
    ...(config === undefined ? {} : { config }),
  };
  return JSON.parse(JSON.stringify(all)) as Json; // functions and absent values drop out
}

/** What made a checkpoint. */
export const versions = (engine: Engine): Named<string> => ({
  "@gmem/trainer": ownVersion(),
  engine: engine.name,
  node: process.versions.node,
});

function ownVersion(): string {
  try {
    return (createRequire(import.meta.url)("../package.json") as { readonly version: string }).version;
  } catch {
    return "bundled"; // into a program that has no package.json beside it
  }
}
