import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { installedModel } from "@gmem/encoders/use-lite";
import { GMemError } from "@gmem/tensor";
import { writeFileAtomic } from "@gmem/weights";
import type { BrowserFacts } from "../browser/facts.ts";
import type { TextEncoderSettings } from "../browser/text-encoder.ts";
import type { RunConfig } from "../config/schema.ts";
import type { Run } from "../open/open-run.ts";
import { bankBlocks } from "./bank-blocks.ts";
import { exportRun } from "./export-run.ts";
import { usesUseLite, writeTextProgram } from "./text-program.ts";

export interface ExportForBrowserOptions {
  readonly folder: string;
  /** The programs read the run's weights where they lie, in its own folder; its sentence encoder is somewhere else. */
  readonly shared?: boolean;
}

/** Inputs of samplers that a browser can feed. */
const conditions = ["snippet", "label", "text", "ones"];

/**
 * Writes what `openExported` of `@gmem/runs/browser` opens: sampler and decoder, `browser.json`, rows of the bank with their
 * pictures, and what hears texts.
 * @throws {GMemError} code `CONFIG` for a run whose sampler or condition no program can be made of.
 * @example
 * // no-run
 * const run = await openRun("runs/mine");
 * await exportForBrowser(run, { folder: "public/model" });
 */
export async function exportForBrowser(
  run: Run,
  { folder, shared = false }: ExportForBrowserOptions,
): Promise<BrowserFacts> {
  const { config, textEncoder, bank, model, files, classes } = run;
  const card = await exportRun(run, { parts: ["sampler", "tokenizer"], folder, shared });
  if (!shared) await rm(join(folder, "tokenizer-encoder.onnx"), { force: true });
  const inputs = card.files.find(({ file }) => file === "sampler.onnx")?.inputs ?? [];
  const noisySteps = inputs.find(({ name }) => name === "stepNoise")?.shape[0];
  const [condition = "", ...others] = inputs.map(({ name }) => name).filter((name) => !/noise/i.test(name));
  if (others.length > 0 || !conditions.includes(condition))
    throw new GMemError(
      "CONFIG",
      `export: a browser feeds one of ${conditions.join(", ")}, got ${[condition, ...others].join(" and ")} of conditioner.kind=${config.conditioner.kind}`,
    );
  if (config.conditioner.kind === "class-table" && config.conditioner.perClass > 1)
    throw new GMemError(
      "CONFIG",
      "export: a browser takes a table of one row a class, got conditioner.perClass above 1",
    );
  if (config.textEncoder) checkTextEncoder(config.textEncoder);
  const isText = condition === "text" && textEncoder && config.textEncoder;
  const isSentences = isText && config.textEncoder && usesUseLite(config.textEncoder);
  const sentences = isSentences ? await writeTextProgram(folder) : {};
  if (isSentences && !shared) await copySentenceEncoder(join(folder, "text"));
  const facts: BrowserFacts = {
    name: config.name,
    latent: model.backbone.latent,
    weights: shared
      ? [files.model, files.tokenizer].filter((path) => existsSync(path)).map((path) => basename(path))
      : [],
    ...(typeof noisySteps === "number" && { noisySteps }),
    ...(condition === "label" && { classes }),
    ...(condition === "snippet" && bank && { bank: await bankBlocks({ ...run, bank }, folder) }),
    ...(isText && { textEncoder: config.textEncoder as TextEncoderSettings, textEncoderId: textEncoder.id, sentences }),
  };
  await writeFileAtomic(join(folder, "browser.json"), `${JSON.stringify(facts)}\n`);
  return facts;
}

/** @throws {GMemError} code `CONFIG` for one that is not for browsers. */
function checkTextEncoder(settings: NonNullable<RunConfig["textEncoder"]>): void {
  if (settings.kind === "concat") for (const { encoder } of settings.parts) checkTextEncoder(encoder);
  else if (settings.kind !== "use-lite" && settings.kind !== "hashed-words")
    throw new GMemError(
      "CONFIG",
      `export: in a browser a text encoder must be use-lite, hashed-words or concat of them, got ${settings.kind}`,
    );
}

/** The files of Universal Sentence Encoder Lite, as npm's package has them. */
async function copySentenceEncoder(folder: string): Promise<void> {
  const read = await installedModel();
  await mkdir(folder, { recursive: true });
  const manifest = await read("model.json");
  const { weightsManifest } = JSON.parse(new TextDecoder().decode(manifest)) as {
    readonly weightsManifest: readonly { readonly paths: readonly string[] }[];
  };
  for (const name of ["model.json", "vocab.json", ...weightsManifest.flatMap(({ paths }) => paths)])
    await writeFile(join(folder, name), await read(name));
}
