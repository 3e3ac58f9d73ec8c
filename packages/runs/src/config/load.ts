import { didYouMean, GMemError, mapNamed } from "@gmem/tensor";
import type { z } from "zod";
import { explainIssues } from "./explain-issues.ts";
import { followBackbone, forBackboneOf } from "./follow-backbone.ts";
import { followStart } from "./follow-start.ts";
import { followTokenizer } from "./follow-tokenizer.ts";
import { withoutOtherKinds } from "./known-keys.ts";
import { applyOverrides } from "./overrides.ts";
import { presets } from "./presets.ts";
import { readSource } from "./read-source.ts";
import { checkSceneKeys } from "./scene-keys.ts";
import { type RunConfig, runSchema } from "./schema.ts";
import { merge, type Tree } from "./tree.ts";

/** The keys that presets stand for, by name. */
export const presetTrees = (): Readonly<Record<string, Tree>> =>
  mapNamed(presets, ({ config }) => structuredClone(config) as Tree);

/**
 * The keys of a preset's name or a `.yaml`, `.json` or `.ts` file, over those of the preset that the file names, with
 * settings applied last; not checked yet.
 * @param settings `key=value` texts.
 * @throws {GMemError} code `CONFIG` for a source or preset that is not there, or a file that cannot be read.
 */
export async function loadTree(source: string, settings: readonly string[], known = presetTrees()): Promise<Tree> {
  const file = known[source] ? {} : await readSource(source, Object.keys(known));
  const base = known[source] ?? extended(file, { source, known });
  const over = (tree: Tree): Tree => applyOverrides(tree, settings);
  const set = withoutOtherKinds(runSchema, base, over(forBackboneOf(over(base), base)));
  const own = over(file);
  checkSceneKeys(own, set);
  return followTokenizer(followStart(set, own));
}

/** {@link loadTree}, checked and complete. @throws {GMemError} code `CONFIG` with path, reason and suggestion. */
export async function loadConfig(
  source: string,
  settings: readonly string[],
  known = presetTrees(),
): Promise<RunConfig> {
  return checkConfig(await loadTree(source, settings, known), source);
}

/** A file over the preset that it names by `preset`. */
function extended(
  { preset, ...own }: Tree,
  { source, known }: { readonly source: string; readonly known: Readonly<Record<string, Tree>> },
): Tree {
  if (own.extends !== undefined)
    throw new GMemError(
      "CONFIG",
      `${source}: unknown key "extends"; a configuration names what it extends by preset: ${JSON.stringify(own.extends)}`,
    );
  if (preset === undefined) return own;
  const base = known[String(preset)];
  if (!base)
    throw new GMemError(
      "CONFIG",
      `${source}: preset: no preset "${String(preset)}".${didYouMean(String(preset), Object.keys(known))}`,
    );
  return withoutOtherKinds(runSchema, base, merge(forBackboneOf(merge(base, own), base), own));
}

/** @throws {GMemError} code `CONFIG` naming every key that is wrong. */
export const checkConfig = (config: Tree, source: string): RunConfig =>
  checkTree(runSchema, followBackbone(config), source);

/** Keys and values by a schema, with its defaults. @throws {GMemError} code `CONFIG` naming every key that is wrong. */
export function checkTree<S extends z.ZodType>(schema: S, value: Tree, source: string): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new GMemError("CONFIG", `${source}: ${explainIssues(parsed.error.issues, { schema, value })}`);
}
