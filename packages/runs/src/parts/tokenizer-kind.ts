import type { LatentShape, PartContexts, Tokenizer } from "@gmem/spec";
import type { KlVaeTokenizer } from "@gmem/tokenizers/sd-vae";
import type { z } from "zod";
import type { WorkOptions } from "../progress.ts";
import type { Kind } from "./kind.ts";

/** A tokenizer that may know the distribution of its latents. */
export type OpenTokenizer = Tokenizer & Partial<Pick<KlVaeTokenizer, "posterior">>;

export interface TokenizerContext extends WorkOptions {
  readonly engine: PartContexts["tokenizer"]["engine"];
  readonly imageSize: number;
  /** Where a run keeps a tokenizer that was trained; default: none has been kept. */
  readonly kept?: string;
}

export interface TokenizerKind<S extends z.ZodObject> extends Kind<S, TokenizerContext, Promise<OpenTokenizer>> {
  /** [C,H,W] of its latents, without opening it. */
  latent(settings: z.output<S>, imageSize: number): LatentShape;
}
