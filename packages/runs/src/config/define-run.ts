import type { Part, Parts } from "@gmem/spec";
import { settingsOfPart } from "../parts/module.ts";
import type { RunInput } from "./schema.ts";
import { isTree, merge, type Tree } from "./tree.ts";

/** Any of the keys, at any depth: what is left out is the preset's, or has its default. */
type Patch<T> = T extends readonly unknown[] ? T : T extends object ? { readonly [K in keyof T]?: Patch<T[K]> } : T;

type Swapped = "backbone" | "tokenizer" | "encoder" | "conditioner" | "textEncoder";

/** A configuration in TypeScript: keys of a run, of which each part may be settings or an object of any package. */
export type RunDefinition = Patch<Omit<RunInput, Swapped>> & {
  /** A preset's name; its keys hold where this definition has none. */
  readonly preset?: string;
  readonly dataset?: Part<"dataset">;
  readonly solver?: Part<"solver">;
} & { readonly [K in Swapped]?: Patch<RunInput[K]> | Part<K> };

/**
 * A run's configuration, for the default export of a TypeScript file that `gmem-train run` takes. Objects become the package,
 * export and options that they come from, by which every app opens the run again.
 * @throws {GMemError} code `CONFIG` for an object without `origin`.
 * @example
 * // no-run
 * import type { Part } from "@gmem/spec";
 * declare function mixer(options: { depth: number }): Part<"backbone">; // of anybody's package
 * export default defineRun({ preset: "cifar-nano", data: "photos", backbone: mixer({ depth: 4 }) });
 */
export function defineRun({ dataset, solver, ...definition }: RunDefinition): Tree {
  const tree: Tree = { ...definition };
  for (const name of ["backbone", "tokenizer", "encoder", "conditioner", "textEncoder"] as const)
    if (isPart(tree[name])) tree[name] = settings(name, tree[name]);
  if (dataset) tree.data = settings("dataset", dataset);
  if (solver) tree.sampler = merge((tree.sampler ?? {}) as Tree, { solver: settings("solver", solver) });
  return tree;
}

/** Settings are plain records with a kind or without; anything that acts is an object. */
const isPart = (value: unknown): boolean =>
  typeof value === "function" ||
  (isTree(value) && ("origin" in value || Object.values(value).some((member) => typeof member === "function")));

function settings(name: keyof Parts, value: unknown): Tree {
  const { needs } = value as { readonly needs?: unknown };
  return { ...settingsOfPart(name, value), ...(name === "conditioner" && needs !== undefined ? { needs } : {}) };
}
