import type { TextEncoder } from "@gmem/spec";
import type { Engine } from "@gmem/tensor";
import type { z } from "zod";
import type { WorkOptions } from "../progress.ts";
import type { Kind } from "./kind.ts";

/** A text encoder that may hold something of the engine. */
export type OpenTextEncoder = TextEncoder & {
  /** Gives back what the engine does not. */
  dispose?(): Promise<void>;
};

export interface TextEncoderContext extends WorkOptions {
  readonly engine: Engine;
}

export interface TextEncoderKind<S extends z.ZodObject> extends Kind<S, TextEncoderContext, Promise<OpenTextEncoder>> {
  /** Width of a vector, without opening it. */
  dim(settings: z.output<S>): number;
}
