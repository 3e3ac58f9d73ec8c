/** A nested record, as YAML or JSON gives it. */
export type Tree = { [key: string]: unknown };

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
