import { existsSync, readFileSync } from "node:fs";
import { extname, resolve } from "node:path";
import { GMemError } from "@gmem/tensor";
import { LineCounter, parseDocument } from "yaml";
import type { z } from "zod";
import { knownKeys, withoutOtherKinds } from "./known-keys.ts";
import { applyOverrides, isTree, type Tree } from "./overrides.ts";
import { type RunConfig, runSchema } from "./schema.ts";
import { didYouMean } from "./suggest.ts";

export interface LoadOptions {
  /** Presets by name. */
  readonly presets: Readonly<Record<string, Tree>>;
  /** `key=value` texts, applied last. */
  readonly settings: readonly string[];
}

/**
 * The configuration of a preset's name or a `.yaml`, `.json` or `.ts` file, with settings applied and checked.
 * @throws {GMemError} code `CONFIG` with path, reason and suggestion.
 */
export async function loadConfig(source: string, { presets, settings }: LoadOptions): Promise<RunConfig> {
  const base = presets[source] ?? (await readConfig(source, Object.keys(presets)));
  return checkConfig(withoutOtherKinds(runSchema, base, applyOverrides(base, settings)), source);
}

/** @throws {GMemError} code `CONFIG` naming every key that is wrong. */
export function checkConfig(config: Tree, source: string): RunConfig {
  const parsed = runSchema.safeParse(config);
  if (parsed.success) return parsed.data;
  const reasons = parsed.error.issues.flatMap((issue) => explain(issue, config));
  throw new GMemError("CONFIG", `${source}: ${reasons.join("; ")}`);
}

function explain(issue: z.core.$ZodIssue, config: Tree): string[] {
  const path = issue.path.join(".");
  if (issue.code !== "unrecognized_keys") return [`${path || "the configuration"}: ${issue.message}`];
  return issue.keys.map((name) => {
    const known = knownKeys(runSchema, issue.path, config);
    return `unknown key "${[...issue.path, name].join(".")}".${didYouMean(name, known) || ` Known here: ${known.join(", ")}.`}`;
  });
}

async function readConfig(source: string, presets: readonly string[]): Promise<Tree> {
  const file = resolve(source);
  if (!existsSync(file))
    throw new GMemError(
      "CONFIG",
      `run: "${source}" is neither a preset nor a file.${didYouMean(source, presets) || ` Presets: ${presets.join(", ")}.`}`,
    );
  if (extname(file) === ".ts" || extname(file) === ".js" || extname(file) === ".mjs") {
    const { createJiti } = await import("jiti");
    return asTree(await createJiti(import.meta.url).import(file, { default: true }), source);
  }
  const lines = new LineCounter();
  const document = parseDocument(readFileSync(file, "utf8"), { lineCounter: lines });
  const [error] = document.errors;
  if (error) {
    const { line, col } = lines.linePos(error.pos[0]);
    throw new GMemError("CONFIG", `${source}:${line}:${col}: ${error.message.split("\n")[0]}`);
  }
  return asTree(document.toJS(), source);
}

function asTree(value: unknown, source: string): Tree {
  if (!isTree(value))
    throw new GMemError("CONFIG", `${source}: a configuration must be a record of keys, got ${typeof value}`);
  return value;
}
