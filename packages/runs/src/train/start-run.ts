import { existsSync } from "node:fs";
import { GMemError } from "@gmem/tensor";
import type { RunConfig } from "../config/schema.ts";
import { copyOnce } from "../folder/copy-once.ts";
import { readRunConfig, type StoredRun } from "../folder/run-config.ts";
import { type RunFiles, runFiles } from "../folder/run-files.ts";
import { modelHeader } from "../open/read-parameters.ts";
import { takesSnippets } from "../parts/conditioner.ts";

/** The run that another one begins with. */
export interface StartRun extends StoredRun {
  readonly files: RunFiles;
  /** True if its snippets go on: the new run encodes images as it does, and has its S-Adapter. */
  readonly keepsEncoder: boolean;
}

/** The run that a configuration begins with, if it does. @throws {GMemError} code `CONFIG` if none is named, or it is no run. */
export function startRun({ start, conditioner }: RunConfig): StartRun | undefined {
  if (!start) return undefined;
  if (start.run === null) {
    const reached = start.preset ? `, such as ${start.preset} after ${start.steps} steps` : "";
    throw new GMemError("CONFIG", `start.run: needs the run folder to begin with${reached}; give start.run=FOLDER`);
  }
  const files = runFiles(start.run);
  const stored = readRunConfig(files);
  const remembers = [stored.config.conditioner, conditioner].every(takesSnippets);
  return { ...stored, files, keepsEncoder: remembers && start.encoder === "keep" };
}

/** Id of the encoder whose snippets a run's S-Adapter takes, by the run that it began with. */
export async function startEncoderId(config: RunConfig): Promise<string | undefined> {
  if (!config.start?.run || !takesSnippets(config.conditioner)) return undefined;
  const files = runFiles(config.start.run);
  return existsSync(files.model) ? (await modelHeader(files)).metadata.encoder : undefined;
}

/**
 * Puts the learned encoder of the start where the one of this run would be learned.
 * @returns whether the start has one that is to be kept.
 */
export async function keepStartEncoder(config: RunConfig, path: string): Promise<boolean> {
  if (!config.start?.run || !existsSync(runFiles(config.start.run).config)) return false; // of a run that has begun it may be gone
  const start = startRun(config);
  if (!start?.keepsEncoder || !existsSync(start.files.encoder)) return false;
  await copyOnce(start.files.encoder, path);
  return true;
}
