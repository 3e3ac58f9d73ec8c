import { existsSync } from "node:fs";
import { GMemError } from "@gmem/tensor";
import { klVaeTokenizer, type LoadedKlVae, loadKlVae } from "@gmem/tokenizers/kl-vae";
import { z } from "zod";
import { count } from "../../config/scalars.ts";
import { runFiles } from "../../folder/run-files.ts";
import type { TokenizerKind } from "../tokenizer-kind.ts";
import { latentOf } from "./published.ts";

const read = "read from the folder where it is null";

const schema = z.strictObject({
  kind: z.literal("trained").describe("One that `gmem-train tokenizer` trained; a run keeps a copy of it."),
  folder: z
    .string()
    .nullable()
    .default(null)
    .describe("The folder that it was trained in, or a run that has it; null until it is given."),
  id: z
    .string()
    .nullable()
    .default(null)
    .describe(`Hash of its configuration, weights and statistics, ${read}; another tokenizer is refused.`),
  channels: count.nullable().default(null).describe(`C of a latent, ${read}.`),
  factor: count.nullable().default(null).describe(`Pixels of an image to one of a latent, along a side, ${read}.`),
});

type Settings = z.output<typeof schema>;

export const trainedKind: TokenizerKind<typeof schema> = {
  schema,
  async open(settings, { engine, kept }) {
    const { config, weights, statistics } = await findTrained(settings, kept === undefined ? [] : [kept]);
    return klVaeTokenizer("trained", config, { engine, batchSize: 8, weights, statistics });
  },
  latent(settings, imageSize) {
    const { channels, factor } = settings;
    if (channels === null || factor === null) throw missing(settings);
    return latentOf("the trained tokenizer", { channels, factor, imageSize });
  },
};

/**
 * The tokenizer that the settings name, by its hash: a copy, or the one of its folder.
 * @throws {GMemError} code `CONFIG` if there is none, `WEIGHTS` if it is another one.
 */
export async function findTrained(
  settings: Settings,
  copies: readonly string[],
): Promise<LoadedKlVae & { readonly file: string }> {
  const places = [...copies, ...(settings.folder === null ? [] : [trainedFile(settings.folder)])];
  let other: { readonly id: string; readonly file: string } | undefined;
  for (const file of places.filter((place) => existsSync(place))) {
    const found = { ...(await loadKlVae(file)), file };
    if (settings.id === null || settings.id === found.id) return found;
    other = found;
  }
  if (!other) throw missing(settings);
  throw new GMemError(
    "WEIGHTS",
    `tokenizer: must be ${settings.id}, whose latents the run is made of, got ${other.id} in ${other.file}; restore that file, or train a run with this one`,
  );
}

/** The file of a tokenizer in the folder that it was trained in, or of a run that has it. */
const trainedFile = (folder: string): string => runFiles(folder).tokenizer;

function missing({ folder }: Pick<Settings, "folder">): GMemError {
  const got = folder === null ? "none" : `${folder}, which has no tokenizer.safetensors`;
  return new GMemError(
    "CONFIG",
    `tokenizer.folder: needs the folder of a trained tokenizer, got ${got}; train one with \`gmem-train tokenizer\` and give tokenizer.folder=FOLDER; a run that has its own goes on by its folder`,
  );
}
