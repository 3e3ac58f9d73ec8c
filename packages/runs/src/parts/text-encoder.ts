import { concat } from "@gmem/encoders/concat";
import { bareTemplate, openUniTemplate, promptTokens } from "@gmem/encoders/prompt-tokens";
import { referenceEngine } from "@gmem/tensor";
import { z } from "zod";
import { byKind } from "../config/by-kind.ts";
import { count } from "../config/scalars.ts";
import { module, openModule } from "./module.ts";
import { clipTextKind } from "./text-encoder/clip.ts";
import { gemmaKind } from "./text-encoder/gemma.ts";
import { hashedWordsKind } from "./text-encoder/hashed-words.ts";
import { useLiteKind } from "./text-encoder/use-lite.ts";
import type { OpenTextEncoder, TextEncoderContext } from "./text-encoder-kind.ts";

const kinds = {
  "hashed-words": hashedWordsKind,
  "use-lite": useLiteKind,
  clip: clipTextKind,
  gemma: gemmaKind,
} as const;

const one = byKind([hashedWordsKind.schema, useLiteKind.schema, clipTextKind.schema, gemmaKind.schema, module]);

const several = z.strictObject({
  kind: z.literal("concat").describe("Several side by side, each of the length of its weight."),
  parts: z
    .array(
      z.strictObject({
        encoder: one.describe("Any of the other kinds."),
        weight: z.number().positive().default(1).describe("Length of its part of a vector."),
      }),
    )
    .min(1)
    .prefault([{ encoder: { kind: "use-lite" } }, { encoder: { kind: "hashed-words" }, weight: 0.5 }])
    .describe("Text encoders and their weights; by itself sentences, and words, which keep colours apart."),
});

const templates = { openuni: openUniTemplate, bare: bareTemplate } as const;

const prompts = z.strictObject({
  kind: z.literal("prompt-tokens").describe("All tokens of a prompt, for `conditioner.connector`."),
  of: one.describe("The frozen language model: any of the other kinds but concat."),
  length: count.describe("The most tokens of a prompt in its template; a longer one is refused."),
  template: z
    .enum(["openuni", "bare"])
    .default("openuni")
    .describe("What stands around a prompt, and in place of none: a turn of InternVL3's user, or the words alone."),
});

export const textEncoder = byKind([
  hashedWordsKind.schema,
  useLiteKind.schema,
  several,
  prompts,
  clipTextKind.schema,
  gemmaKind.schema,
  module,
]);

type Settings = z.output<typeof textEncoder>;

/**
 * The text encoder of a run.
 * @throws {GMemError} code `CONFIG` if its weights, or the package that it is read from, are not there.
 */
export async function openTextEncoder(settings: Settings, context: TextEncoderContext): Promise<OpenTextEncoder> {
  if (settings.kind === "module") return openModule("textEncoder", settings, { engine: context.engine });
  if (settings.kind === "prompt-tokens") return openPrompts(settings, context);
  if (settings.kind !== "concat") return kinds[settings.kind].open(settings as never, context);
  const opened: { readonly encoder: OpenTextEncoder; readonly weight: number }[] = [];
  const dispose = async (): Promise<void> => {
    for (const { encoder } of opened) await encoder.dispose?.();
  };
  try {
    for (const { encoder, weight } of settings.parts)
      opened.push({ encoder: await openTextEncoder(encoder as Settings, context), weight });
    return { ...concat(opened), dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function openPrompts(
  { of, length, template }: z.output<typeof prompts>,
  context: TextEncoderContext,
): Promise<OpenTextEncoder> {
  const encoder = await openTextEncoder(of as Settings, context);
  try {
    const read = await promptTokens({ encoder, length, template: templates[template] });
    return { ...read, dispose: async () => encoder.dispose?.() };
  } catch (error) {
    await encoder.dispose?.();
    throw error;
  }
}

/** Width of its vectors, without its weights. */
export async function textWidth(settings: Settings): Promise<number> {
  if (settings.kind === "concat") {
    const widths = await Promise.all(settings.parts.map(({ encoder }) => textWidth(encoder as Settings)));
    return widths.reduce((sum, width) => sum + width, 0);
  }
  if (settings.kind === "prompt-tokens") return settings.length * ((await textWidth(settings.of as Settings)) + 1);
  if (settings.kind !== "module") return kinds[settings.kind].dim(settings as never);
  const engine = referenceEngine();
  const { dim }: OpenTextEncoder = await openModule("textEncoder", settings, { engine });
  await engine.dispose();
  return dim;
}
