import { GMemError } from "@gmem/tensor";
import { parse } from "yaml";
import { isTree, type Tree } from "./tree.ts";

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
  const text = setting.slice(from);
  if (text.startsWith("#")) return text; // a colour, where YAML would see a remark
  try {
    return parse(text, { logLevel: "error" });
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
