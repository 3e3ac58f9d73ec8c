import { GMemError } from "@gmem/tensor";
import { parse } from "yaml";

/** A nested record, as YAML or JSON gives it. */
export type Tree = { [key: string]: unknown };

/**
 * Applies `a.b=value` settings to a copy of a configuration; values are read as YAML scalars or flow lists.
 * @throws {GMemError} code `CONFIG` for text that is no `key=value`.
 */
export function applyOverrides(config: Tree, settings: readonly string[]): Tree {
  const result = structuredClone(config);
  for (const setting of settings) {
    const at = setting.indexOf("=");
    const path = setting.slice(0, at).split(".");
    if (at < 1 || path.some((key) => key === "" || key === "__proto__"))
      throw new GMemError("CONFIG", `run: settings are key=value, such as steps=1500, got "${setting}"`);
    place(result, path, readValue(setting, at + 1));
  }
  return result;
}

function readValue(setting: string, from: number): unknown {
  try {
    return parse(setting.slice(from));
  } catch (cause) {
    throw new GMemError("CONFIG", `run: the value of a setting must be YAML, got "${setting}"`, { cause });
  }
}

function place(tree: Tree, [key, ...rest]: readonly string[], value: unknown): void {
  const name = key as string;
  if (rest.length === 0) {
    tree[name] = value;
    return;
  }
  const child = tree[name];
  const branch: Tree = isTree(child) ? child : {};
  tree[name] = branch;
  place(branch, rest, value);
}

/** True for a plain record, not for lists and scalars. */
export const isTree = (value: unknown): value is Tree =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** `patch` over `base`, record by record; lists and scalars are replaced whole. */
export function merge(base: Tree, patch: Tree): Tree {
  const result: Tree = { ...base };
  for (const [key, value] of Object.entries(patch)) {
    const before = result[key];
    result[key] = isTree(before) && isTree(value) ? merge(before, value) : value;
  }
  return result;
}
