import { weightAndBias } from "@gmem/nn";
import type { Backbone } from "@gmem/spec";
import { type Aval, avalsOf, f32, type Named } from "@gmem/tensor";
import { type DitConfig, dit } from "../dit/dit.ts";
import type { LightningDitConfig } from "../lightning-dit/config.ts";
import { lightningDit } from "../lightning-dit/lightning-dit.ts";
import { lightningDitParameters } from "../lightning-dit/parameters.ts";
import type { SanaConfig } from "../sana/config.ts";
import { sanaParameters } from "../sana/parameters.ts";
import { sana } from "../sana/sana.ts";
import type { SitConfig } from "../sit/config.ts";
import { sitParameters } from "../sit/parameters.ts";
import { sit } from "../sit/sit.ts";
import type { Start } from "../start.ts";
import type { ProjectorSize } from "./measure.ts";
import type { SanaNames } from "./sana-tensors.ts";

interface Configs {
  readonly sit: SitConfig;
  readonly "lightning-dit": LightningDitConfig;
  readonly dit: DitConfig;
  readonly sana: SanaConfig;
}

export type CheckpointFamily = keyof Configs;

/** The network of a checkpoint: a family and the config that its factory takes. */
export type CheckpointNetwork<F extends CheckpointFamily = CheckpointFamily> = {
  [K in F]: { readonly family: K; readonly config: Configs[K] };
}[F];

/** What conditions it: a table of K classes, with or without a null row; snippets of width d, or text that becomes them; tokens of a text, or what OpenUni's queries read of them; nothing. */
export type CheckpointConditioner =
  | { readonly kind: "class-table"; readonly classes: number; readonly nullRow: boolean }
  | { readonly kind: "memory-bank"; readonly snippetDim: number }
  | { readonly kind: "t2s"; readonly snippetDim: number; readonly textDim: number; readonly hidden: number }
  | { readonly kind: "captions"; readonly connector?: CheckpointConnector }
  | { readonly kind: "none" };

/** OpenUni's connector and queries, as `connector` of @gmem/t2s takes them. */
export interface CheckpointConnector {
  readonly queries: number;
  readonly hiddenSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly intermediateSize: number;
}

/** What the names and shapes of a checkpoint say, as JSON. */
export type CheckpointDescription = CheckpointNetwork & {
  readonly conditioner: CheckpointConditioner;
  /** REPA's heads, as `velocityModel` takes them. */
  readonly projectors?: readonly ProjectorSize[];
  /** "data1": t = 1 is data, `dataAtOne` turns it; "data0": as here; "steps": integer steps, which `dit` counts itself. */
  readonly timeDirection: "data0" | "data1" | "steps";
  /** The first block that the file calls `decoder_blocks.0`, in older REPA files. */
  readonly decoderFrom?: number;
  /** Whose names the tensors of a Sana have. */
  readonly names?: SanaNames;
  /** What names and shapes leave open, and what was assumed; each sentence begins with the option that decides it. */
  readonly ambiguous: readonly string[];
};

const starts: { readonly [F in CheckpointFamily]: (config: Configs[F]) => Named<Start> } = {
  sit: sitParameters,
  "lightning-dit": lightningDitParameters,
  dit: (config) => sitParameters({ learnSigma: true, ...config }),
  sana: sanaParameters,
};

const startsOf = <F extends CheckpointFamily>({ family, config }: CheckpointNetwork<F>): Named<Start> =>
  starts[family](config);

const builders: { readonly [F in CheckpointFamily]: (config: Configs[F]) => Backbone } = {
  sit,
  "lightning-dit": lightningDit,
  dit,
  sana,
};

/**
 * The backbone of a description, in the time that it was trained in: wrap it by `dataAtOne` of @gmem/model where
 * `timeDirection` is "data1".
 * @example
 * const backbone = checkpointBackbone({ family: "sit", config: { ...sitS, latent: [4, 32, 32], patchSize: 2 } });
 */
export function checkpointBackbone<F extends CheckpointFamily>(network: CheckpointNetwork<F>): Backbone {
  return builders[network.family](network.config);
}

/** Names and shapes of everything in our parameters that the description speaks of. */
export function parameterAvals(description: CheckpointDescription): Named<Aval> {
  const { config, conditioner, projectors = [] } = description;
  const { hiddenSize: D } = config;
  return {
    ...avalsOf(startsOf(description)),
    ...(conditioner.kind === "class-table" && {
      "y_embedder.embedding_table.weight": f32(conditioner.classes + (conditioner.nullRow ? 1 : 0), D),
    }),
    ...("snippetDim" in conditioner && weightAndBias("condition_projection.linear", [D, conditioner.snippetDim])),
    ...(conditioner.kind === "t2s" && {
      ...weightAndBias("t2s.0", [conditioner.hidden, conditioner.textDim]),
      ...weightAndBias("t2s.2", [conditioner.snippetDim, conditioner.hidden]),
    }),
    ...(conditioner.kind === "captions" && connectorAvals(conditioner.connector, config)),
    ...Object.assign(
      {},
      ...projectors.map(({ at, hidden, width }) => ({
        ...weightAndBias(`${at}.0`, [hidden, D]),
        ...weightAndBias(`${at}.2`, [hidden, hidden]),
        ...weightAndBias(`${at}.4`, [width, hidden]),
      })),
    ),
  };
}

/** SigLIP's layers, the queries, and what makes caption tokens of them. */
function connectorAvals(connector: CheckpointConnector | undefined, config: object): Named<Aval> {
  if (!connector) return {};
  const { queries, hiddenSize: D, layers, intermediateSize } = connector;
  const { contextDim } = config as SanaConfig;
  const layer = (at: string): Named<Aval> => ({
    ...Object.assign({}, ...["layer_norm1", "layer_norm2"].map((norm) => vectors(`${at}.${norm}`, D))),
    ...Object.assign(
      {},
      ...["q_proj", "k_proj", "v_proj", "out_proj"].map((name) => weightAndBias(`${at}.self_attn.${name}`, [D, D])),
    ),
    ...weightAndBias(`${at}.mlp.fc1`, [intermediateSize, D]),
    ...weightAndBias(`${at}.mlp.fc2`, [D, intermediateSize]),
  });
  return {
    "t2s.meta_queries": f32(queries, D),
    ...Object.assign({}, ...Array.from({ length: layers }, (_, i) => layer(`t2s.connector.layers.${i}`))),
    ...weightAndBias("t2s.projector", [contextDim, D]),
  };
}

const vectors = (at: string, D: number): Named<Aval> => ({ [`${at}.weight`]: f32(D), [`${at}.bias`]: f32(D) });
