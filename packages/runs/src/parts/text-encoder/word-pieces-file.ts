import { readFile } from "node:fs/promises";
import { posix } from "node:path";
import { GMemError } from "@gmem/tensor";
import { z } from "zod";
import type { WorkOptions } from "../../progress.ts";
import { locateWeights } from "../locate-weights.ts";

/** The setting of a text encoder with weights that names its word pieces. */
export const tokenizerFile: z.ZodDefault<z.ZodNullable<z.ZodString>> = z
  .string()
  .nullable()
  .default(null)
  .describe("Its tokenizer.json: a path or hf:owner/name/file@revision; null: the one beside the weights.");

interface Settings {
  readonly kind: string;
  readonly weights: string | null;
  readonly tokenizer: string | null;
}

/** The parsed `tokenizer.json`. @throws {GMemError} code `CONFIG` if it is not there, `FORMAT` if it is no JSON. */
export async function wordPiecesFile({ kind, weights, tokenizer }: Settings, options: WorkOptions): Promise<object> {
  const named = tokenizer ?? beside(weights);
  const path = await locateWeights("textEncoder.tokenizer", named, { ...options, what: kind });
  try {
    return JSON.parse(await readFile(path, "utf8")) as object;
  } catch (cause) {
    throw new GMemError("FORMAT", `${path}: must be a tokenizer.json, got no JSON; take the checkpoint's own`, {
      cause,
    });
  }
}

function beside(weights: string | null): string | null {
  if (weights === null) return null;
  const [path = "", revision] = weights.startsWith("hf:") ? weights.split("@") : [weights];
  return `${posix.join(posix.dirname(path.replaceAll("\\", "/")), "tokenizer.json")}${revision === undefined ? "" : `@${revision}`}`;
}
