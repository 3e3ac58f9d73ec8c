import type { LatentShape } from "@gmem/spec";
import { referenceEngine } from "@gmem/tensor";
import type { z } from "zod";
import { byKind } from "../config/by-kind.ts";
import { copyOnce } from "../folder/copy-once.ts";
import { module, openModule } from "./module.ts";
import { dcAeKind } from "./tokenizer/dc-ae.ts";
import { pixelsKind } from "./tokenizer/pixels.ts";
import { sdVaeKind } from "./tokenizer/sd-vae.ts";
import { findTrained, trainedKind } from "./tokenizer/trained.ts";
import { vaVaeKind } from "./tokenizer/va-vae.ts";
import type { OpenTokenizer, TokenizerContext } from "./tokenizer-kind.ts";

const kinds = {
  pixels: pixelsKind,
  "sd-vae": sdVaeKind,
  "va-vae": vaVaeKind,
  "dc-ae": dcAeKind,
  trained: trainedKind,
} as const;

export const tokenizer = byKind([
  pixelsKind.schema,
  sdVaeKind.schema,
  vaVaeKind.schema,
  dcAeKind.schema,
  trainedKind.schema,
  module,
]);

export type TokenizerSettings = z.output<typeof tokenizer>;

type Settings = {
  readonly tokenizer: TokenizerSettings;
  readonly image: { readonly size: number };
};

/** The tokenizer of a run, with its weights. @throws {GMemError} code `CONFIG` if they are not given. */
export async function openTokenizer(
  { tokenizer: settings, image }: Settings,
  context: Omit<TokenizerContext, "imageSize">,
): Promise<OpenTokenizer> {
  const own = { ...context, imageSize: image.size };
  if (settings.kind === "module") return openModule("tokenizer", settings, own);
  return kinds[settings.kind].open(settings as never, own);
}

/**
 * Puts the tokenizer that a configuration names, where it was trained, at a path: a run needs no other folder then.
 * @param copies where it may lie besides the folder that it was trained in.
 * @throws {GMemError} code `CONFIG` if there is none.
 */
export async function keepTokenizer(
  { tokenizer: settings }: Pick<Settings, "tokenizer">,
  path: string,
  copies: readonly string[],
): Promise<void> {
  if (settings.kind === "trained") await copyOnce((await findTrained(settings, copies)).file, path);
}

/** [C,H,W] of the latents of a run, without the weights of its tokenizer. */
export async function latentShape({ tokenizer: settings, image }: Settings): Promise<LatentShape> {
  if (settings.kind !== "module") return kinds[settings.kind].latent(settings as never, image.size);
  const engine = referenceEngine();
  const opened = await openModule("tokenizer", settings, { engine, imageSize: image.size });
  await engine.dispose();
  return opened.latent(image.size);
}
