import type { Named } from "@gmem/tensor";
import { WeightsError } from "./weights-error.ts";

/** A pattern and what a name that matches becomes (`$1` … as in `String.replace`); null leaves the tensor out. */
export type NameRule = readonly [pattern: RegExp, replacement: string | null];

/**
 * Renames tensors: the first rule that matches a name applies to it, names without one stay; or a function gives the new
 * name. Works on anything by name.
 * @throws {WeightsError} code `WEIGHTS` naming every pair that would get one name.
 * @example
 * const tensors = { "decoder_blocks.0.w": 1, pos_embed: 2, bias: 3 };
 * const names = mapNames(tensors, [
 *   [/^decoder_blocks\.(\d+)\./, "blocks.$1."],
 *   [/^pos_embed$/, null],
 * ]); // { "blocks.0.w": 1, bias: 3 }
 */
export function mapNames<T>(tensors: Named<T>, rules: readonly NameRule[] | ((name: string) => string)): Named<T> {
  const rename = typeof rules === "function" ? rules : (name: string) => byRules(name, rules);
  const renamed = new Map<string, T>();
  const origins = new Map<string, string>();
  const clashes: string[] = [];
  for (const [name, value] of Object.entries(tensors)) {
    const target = rename(name);
    if (target === null) continue;
    const origin = origins.get(target);
    if (origin !== undefined) clashes.push(`${origin} and ${name} → ${target}`);
    origins.set(target, name);
    renamed.set(target, value);
  }
  if (clashes.length > 0)
    throw new WeightsError("WEIGHTS", {
      file: "mapNames",
      rule: "names must stay unique; change the rules",
      found: clashes.join("; "),
    });
  return Object.fromEntries(renamed);
}

function byRules(name: string, rules: readonly NameRule[]): string | null {
  const rule = rules.find(([pattern]) => name.search(pattern) >= 0);
  if (!rule) return name;
  const [pattern, replacement] = rule;
  return replacement === null ? null : name.replace(pattern, replacement);
}
