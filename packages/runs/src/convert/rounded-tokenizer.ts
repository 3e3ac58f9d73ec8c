import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Named } from "@gmem/tensor";
import { loadKlVae } from "@gmem/tokenizers/kl-vae";
import { checkHalfRange, type FloatStorage, readSafetensors, writeSafetensors } from "@gmem/weights";
import type { RunConfig } from "../config/schema.ts";
import { type RunFiles, runFiles } from "../folder/run-files.ts";
import { findTrained } from "../parts/tokenizer/trained.ts";

/** A run whose trained tokenizer was rounded: a tokenizer is known by a hash of its numbers, so that it is another one. */
export interface RoundedTokenizer {
  readonly config: RunConfig;
  /** Of `model.safetensors`. */
  readonly metadata: Named<string>;
  /** A folder that has the rounded tokenizer; none where the run has no trained one. */
  readonly folder?: string;
  dispose(): Promise<void>;
}

/**
 * The trained tokenizer of a run in another precision, in a folder of its own, and what names it.
 * @throws {GMemError} code `NON_FINITE` for numbers that half precision cannot hold, with the name of the tensor.
 */
export async function roundedTokenizer(
  files: RunFiles,
  { config, metadata, floats }: Pick<RoundedTokenizer, "config" | "metadata"> & { readonly floats: FloatStorage },
): Promise<RoundedTokenizer> {
  const { tokenizer } = config;
  if (tokenizer.kind !== "trained") return { config, metadata, dispose: async () => {} };
  const { file } = await findTrained(tokenizer, [files.tokenizer]);
  const stored = await readSafetensors(file);
  if (floats === "f16")
    for (const [name, value] of Object.entries(stored.tensors)) checkHalfRange(`${file}: "${name}"`, value);
  const folder = await mkdtemp(join(tmpdir(), "gmem-tokenizer-"));
  const path = runFiles(folder).tokenizer;
  await writeSafetensors(path, stored.tensors, { metadata: stored.metadata, floats });
  const { id } = await loadKlVae(path);
  return {
    config: { ...config, tokenizer: { ...tokenizer, id, folder: null } },
    metadata: { ...metadata, latents: JSON.stringify({ tokenizer: "trained", id }) },
    folder,
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
}
