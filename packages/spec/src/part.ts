import type { Engine } from "@gmem/tensor";
import type { Backbone, LatentShape } from "./backbone.ts";
import type { Conditioner } from "./conditioner.ts";
import type { Dataset, ImageExample } from "./dataset.ts";
import type { Encoder, Tokenizer } from "./image.ts";
import type { MemoryBank } from "./memory-bank.ts";
import type { Interpolant, Solver } from "./model.ts";
import type { TextEncoder } from "./text-encoder.ts";

/** Where a part comes from: `import { export } from "package"`, called with `options`. */
export interface Origin {
  /** A package's name, subpath included. */
  readonly package: string;
  readonly export: string;
  /** Plain JSON, as a run's configuration keeps it. */
  readonly options: unknown;
}

/** What of a run can be swapped for an object of anybody's package. */
export interface Parts {
  readonly backbone: Backbone;
  readonly tokenizer: Tokenizer;
  readonly encoder: Encoder;
  readonly conditioner: Conditioner;
  readonly solver: Solver;
  readonly dataset: Dataset<ImageExample>;
  readonly textEncoder: TextEncoder;
}

/** What is known when a part is opened. */
export interface PartContexts {
  /** `tapAfter`: the block whose tokens REPA reads, counted from 1. */
  readonly backbone: { readonly latent: LatentShape; readonly tapAfter?: number };
  readonly tokenizer: { readonly engine: Engine; readonly imageSize: number };
  readonly encoder: { readonly engine: Engine };
  readonly conditioner: {
    readonly bank?: MemoryBank;
    /** K; 0 without labels. */
    readonly classes: number;
    /** D of the backbone. */
    readonly hiddenSize: number;
    readonly textEncoder?: TextEncoder;
  };
  readonly solver: { readonly interpolant: Interpolant };
  readonly dataset: { readonly imageSize: number; readonly seed: number };
  readonly textEncoder: { readonly engine: Engine };
}

/** What training must have ready for a conditioner. */
export interface ConditionerNeeds {
  /** A memory bank of the images. */
  readonly snippets?: boolean;
  /** A class of every image. */
  readonly labels?: boolean;
  /** A text encoder. */
  readonly text?: boolean;
}

/**
 * A part of a run as a configuration takes it: the object itself, or what makes it once engine, shape of the latents and the
 * like are known. By its `origin` a run folder opens it again.
 * @example
 * import type { Backbone } from "@gmem/spec";
 * declare function network(latent: LatentShape, depth: number): Backbone;
 * const mixer = (options: { depth: number }): Part<"backbone"> =>
 *   Object.assign(({ latent }: PartContexts["backbone"]) => network(latent, options.depth), {
 *     origin: { package: "my-mixer", export: "mixer", options },
 *   });
 */
export type Part<K extends keyof Parts> = (Parts[K] | ((context: PartContexts[K]) => Parts[K] | Promise<Parts[K]>)) & {
  readonly origin: Origin;
} & (K extends "conditioner" ? { readonly needs?: ConditionerNeeds } : unknown);
