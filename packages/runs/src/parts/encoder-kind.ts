import type { Dataset, Encoder, ImageExample, PartContexts } from "@gmem/spec";
import type { NDArray } from "@gmem/tensor";
import type { z } from "zod";
import type { WorkOptions } from "../progress.ts";
import type { Kind } from "./kind.ts";

/** An encoder that may give tokens of patches, which REPA aligns with. */
export type OpenEncoder = Encoder & {
  /** Tokens [N,T,width] of images [N,3,S,S], T = grid². */
  patchTokens?(images: NDArray<"f32">, options: { readonly grid: number }): Promise<NDArray<"f32">>;
  /** f(x) [N,d] and those tokens in one pass, at the encoder's own grid. */
  tokens?(images: NDArray<"f32">): Promise<{ readonly classToken: NDArray<"f32">; readonly patches: NDArray<"f32"> }>;
  /** Gives back what the engine does not. */
  dispose?(): Promise<void>;
};

export interface EncoderContext extends WorkOptions {
  readonly engine: PartContexts["encoder"]["engine"];
  /** Where an encoder that is learned lies. */
  readonly path: string;
  /** What it is learned from if it is not there yet. */
  readonly images?: Dataset<ImageExample> | undefined;
  /** Hash of those images: one that is there but was learned from others, or with other settings, is learned again. */
  readonly madeFrom?: string | undefined;
  readonly seed: number;
}

export interface EncoderKind<S extends z.ZodObject> extends Kind<S, EncoderContext, Promise<OpenEncoder>> {
  /** d, and the width of patch tokens where it gives them, without opening it; of a learned one from so many images. */
  widths(settings: z.output<S>, images?: number): EncoderWidths;
  /** @throws {GMemError} code `CONFIG` for images that it cannot take, or a grid of tokens that it cannot give. */
  check?(settings: z.output<S>, use: EncoderUse): void;
}

/** What an encoder is to be used for. */
export interface EncoderUse {
  /** The key that errors name. */
  readonly at: string;
  /** Pixels a side. */
  readonly imageSize: number;
  /** Tokens a side, where those of patches are wanted. */
  readonly grid?: number;
}

export interface EncoderWidths {
  readonly dim: number;
  /** Absent of an encoder that gives no tokens of patches. */
  readonly tokens?: number;
}
