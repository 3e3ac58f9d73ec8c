import { weightAndBias } from "@gmem/nn";
import type { Backbone } from "@gmem/spec";
import { type Aval, avalsOf, f32, type Named } from "@gmem/tensor";
import { type DitConfig, dit } from "../dit/dit.ts";
import type { LightningDitConfig } from "../lightning-dit/config.ts";
import { lightningDit } from "../lightning-dit/lightning-dit.ts";
import { lightningDitParameters } from "../lightning-dit/parameters.ts";
import type { SitConfig } from "../sit/config.ts";
import { sitParameters } from "../sit/parameters.ts";
import { sit } from "../sit/sit.ts";
import type { Start } from "../start.ts";
import type { ProjectorSize } from "./measure.ts";

interface Configs {
  readonly sit: SitConfig;
  readonly "lightning-dit": LightningDitConfig;
  readonly dit: DitConfig;
}

export type CheckpointFamily = keyof Configs;

/** The network of a checkpoint: a family and the config that its factory takes. */
export type CheckpointNetwork<F extends CheckpointFamily = CheckpointFamily> = {
  [K in F]: { readonly family: K; readonly config: Configs[K] };
}[F];

/** What conditions it: a table of K classes, with or without a null row; snippets of width d, or text that becomes them; nothing. */
export type CheckpointConditioner =
  | { readonly kind: "class-table"; readonly classes: number; readonly nullRow: boolean }
  | { readonly kind: "memory-bank"; readonly snippetDim: number }
  | { readonly kind: "t2s"; readonly snippetDim: number; readonly textDim: number; readonly hidden: number }
  | { readonly kind: "none" };

/** What the names and shapes of a checkpoint say, as JSON. */
export type CheckpointDescription = CheckpointNetwork & {
  readonly conditioner: CheckpointConditioner;
  /** REPA's heads, as `velocityModel` takes them. */
  readonly projectors?: readonly ProjectorSize[];
  /** "data1": t = 1 is data, `dataAtOne` turns it; "data0": as here; "steps": integer steps, which `dit` counts itself. */
  readonly timeDirection: "data0" | "data1" | "steps";
  /** The first block that the file calls `decoder_blocks.0`, in older REPA files. */
  readonly decoderFrom?: number;
  /** What names and shapes leave open, and what was assumed; each sentence begins with the option that decides it. */
  readonly ambiguous: readonly string[];
};

const starts: { readonly [F in CheckpointFamily]: (config: Configs[F]) => Named<Start> } = {
  sit: sitParameters,
  "lightning-dit": lightningDitParameters,
  dit: (config) => sitParameters({ learnSigma: true, ...config }),
};

const startsOf = <F extends CheckpointFamily>({ family, config }: CheckpointNetwork<F>): Named<Start> =>
  starts[family](config);

const builders: { readonly [F in CheckpointFamily]: (config: Configs[F]) => Backbone } = {
  sit,
  "lightning-dit": lightningDit,
  dit,
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
