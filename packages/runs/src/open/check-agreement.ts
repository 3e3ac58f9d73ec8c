import { GMemError, type Named } from "@gmem/tensor";
import type { Json } from "@gmem/trainer";
import type { RunConfig } from "../config/schema.ts";
import { isTree, type Tree } from "../config/tree.ts";
import { modelMetadata, textsMetadata } from "../folder/model-metadata.ts";
import { openBackbone } from "../parts/backbone.ts";
import { latentShape } from "../parts/tokenizer.ts";

/** What a file says of the network that it is of, as {@link modelMetadata} has it. */
export interface StoredNetwork {
  /** The file that says it. */
  readonly file: string;
  readonly metadata: Named<string>;
}

/** How a network is started, computed and aligned in training: nothing of it is drawn with. */
const ofTraining = ["adaLNInit", "recompute", "tapAfter"];

/**
 * Refuses a configuration that would draw with another network than the weights are of: shapes do not tell heads, time, path
 * or gain. What the file does not say, as one from elsewhere, is not compared.
 * @param options.source what names the configuration. @param options.except what keys begin with that are to change.
 * @throws {GMemError} code `CONFIG` naming the first key that differs, its value and the file's.
 */
export async function checkAgreement(
  { file, metadata }: StoredNetwork,
  {
    config,
    source,
    except = [],
  }: { readonly config: RunConfig; readonly source: string; readonly except?: readonly string[] },
): Promise<void> {
  const was = Object.entries(settingsOf(metadata)).filter(([key]) => !except.some((one) => key.startsWith(one)));
  if (was.length === 0) return;
  const is = settingsOf(modelMetadata(config, { backbone: await openBackbone(config, await latentShape(config)) }));
  for (const [key, value] of was) {
    const [stored, wanted] = [JSON.stringify(value), JSON.stringify(is[key])];
    if (wanted === undefined || stored === wanted) continue;
    throw new GMemError(
      "CONFIG",
      `${source}: ${key} must be ${stored}, as ${file} was trained with it, got ${wanted}; set it back, or train a run of its own`,
    );
  }
}

/** The metadata by the keys of the configuration that decide them. */
function settingsOf(metadata: Named<string>): Tree {
  const { architecture, conditioner, prediction, interpolant, time_direction: time } = metadata;
  const { latent, ...network } = jsonOf(metadata.config);
  const { tokenizer } = jsonOf(metadata.latents);
  const all = {
    "backbone.kind": architecture,
    "conditioner.kind": conditioner,
    "tokenizer.kind": tokenizer,
    "objective.loss": prediction,
    "objective.interpolant": interpolant,
    "backbone.time": time,
    "image.size: its latents": latent,
    ...under("backbone", network),
    ...under("adapter", jsonOf(metadata.adapter)),
    ...under("conditioner", jsonOf(metadata.t2s)),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

const under = (part: string, settings: Tree): Tree =>
  Object.fromEntries(
    Object.entries(settings).flatMap(([key, value]) => (ofTraining.includes(key) ? [] : [[`${part}.${key}`, value]])),
  );

/** A record that a text of metadata holds; an empty one of anybody's text. */
function jsonOf(text: string | undefined): Tree {
  try {
    const value: unknown = JSON.parse(text ?? "{}");
    return isTree(value) ? value : {};
  } catch {
    return {};
  }
}

/** What `meta.json` of a checkpoint says of its network, as {@link modelMetadata} says it. */
export function networkOfCheckpoint(stored: Json): Named<string> {
  const { backbone = {}, interpolant, prediction, config = {} } = treeOf(stored);
  const { name, ...network } = treeOf(backbone);
  const own = treeOf(config);
  const [kind, time] = [treeOf(own.conditioner).kind, treeOf(own.backbone).time];
  const texts = { architecture: name, conditioner: kind, prediction, interpolant, time_direction: time };
  return {
    ...(Object.fromEntries(Object.entries(texts).filter(([, value]) => typeof value === "string")) as Named<string>),
    config: JSON.stringify(network),
    adapter: JSON.stringify(own.adapter ?? {}),
    ...textsMetadata(treeOf(own.conditioner)),
  };
}

const treeOf = (value: unknown): Tree => (isTree(value) ? value : {});
