import type { z } from "zod";
import { isTree, type Tree } from "./tree.ts";

interface Schema {
  readonly def?: { readonly innerType?: unknown; readonly out?: unknown };
  readonly shape?: Readonly<Record<string, unknown>>;
  readonly options?: readonly { readonly shape?: Readonly<Record<"kind", { readonly values: Set<string> }>> }[];
}

/** The keys that a schema knows at a path; where records differ by `kind`, those of the kind that the value has. */
export function knownKeys(schema: unknown, path: readonly PropertyKey[], value: unknown): string[] {
  const record = recordOf(schema, value);
  const [key, ...rest] = path;
  if (key === undefined) return Object.keys(record);
  return knownKeys(record[String(key)], rest, isTree(value) ? value[String(key)] : undefined);
}

/** The schema at a path, likewise; undefined inside of lists and where a schema knows no such key. */
export function fieldAt(schema: unknown, path: readonly PropertyKey[], value: unknown): z.ZodType | undefined {
  const [key, ...rest] = path;
  if (key === undefined) return schema as z.ZodType | undefined;
  return fieldAt(recordOf(schema, value)[String(key)], rest, isTree(value) ? value[String(key)] : undefined);
}

/**
 * `changed` without what `base` said about a part of another `kind`: choosing another encoder leaves the settings of the
 * first behind.
 */
export function withoutOtherKinds(schema: unknown, base: Tree, changed: Tree): Tree {
  const result = { ...changed };
  for (const [name, value] of Object.entries(changed)) {
    const before = base[name];
    if (!isTree(value) || !isTree(before) || value.kind === before.kind) continue;
    const known = knownKeys(schema, [name], changed);
    result[name] = Object.fromEntries(
      Object.entries(value).filter(
        ([key, own]) => known.includes(key) || JSON.stringify(own) !== JSON.stringify(before[key]),
      ),
    );
  }
  return result;
}

/** The fields of a record schema inside defaults and unions. */
function recordOf(schema: unknown, value: unknown): Readonly<Record<string, unknown>> {
  const { def, shape, options } = (schema ?? {}) as Schema;
  if (shape) return shape;
  if (options) {
    const records = options.flatMap(({ shape: fields }) => (fields ? [fields] : []));
    return records.find(({ kind }) => isTree(value) && kind.values.has(String(value.kind))) ?? records[0] ?? {};
  }
  const inner = def?.innerType ?? def?.out;
  return inner === undefined ? {} : recordOf(inner, value);
}
