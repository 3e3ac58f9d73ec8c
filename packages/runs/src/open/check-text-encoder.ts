import { existsSync } from "node:fs";
import type { TextEncoder } from "@gmem/spec";
import { GMemError } from "@gmem/tensor";
import type { RunFiles } from "../folder/run-files.ts";
import { modelHeader } from "./read-parameters.ts";

/**
 * An adapter understands the vectors of one text encoder only.
 * @throws {GMemError} code `CONFIG` if the model was trained with another one.
 */
export async function checkTextEncoder(files: RunFiles, { id }: TextEncoder): Promise<void> {
  if (!existsSync(files.model)) return;
  const { text_encoder: trained } = (await modelHeader(files)).metadata;
  if (trained === undefined || trained === id) return;
  throw new GMemError(
    "CONFIG",
    `textEncoder: ${files.model} was trained with ${trained}, got ${id}; set textEncoder back, and its weights to those files`,
  );
}
