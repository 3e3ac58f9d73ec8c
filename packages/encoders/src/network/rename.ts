import { concatRows, GMemError, type Named, type NDArray } from "@gmem/tensor";

/** [pattern, replacement], tried in order; the first that matches renames. */
export type NameRule = readonly [pattern: RegExp, name: string];

/**
 * Tensors under other names. New names `qkv#0`, `qkv#1`, … are parts: their rows are joined in that order as `qkv`. A name
 * that no rule matches stays.
 * @throws {GMemError} code `WEIGHTS` if two tensors get one name or a part is missing.
 */
export function rename(tensors: Named<NDArray>, rules: readonly NameRule[]): Named<NDArray> {
  const whole = new Map<string, NDArray>();
  const parts = new Map<string, NDArray[]>();
  for (const [name, tensor] of Object.entries(tensors)) {
    const rule = rules.find(([pattern]) => pattern.test(name));
    const [to = name, part] = (rule ? name.replace(rule[0], rule[1]) : name).split("#");
    const pieces = parts.get(to) ?? [];
    if (whole.has(to) || (part === undefined ? pieces.length > 0 : pieces[Number(part)]))
      throw new GMemError("WEIGHTS", `rename: each tensor must get a name of its own, got "${to}" twice`);
    if (part === undefined) whole.set(to, tensor);
    else {
      pieces[Number(part)] = tensor;
      parts.set(to, pieces);
    }
  }
  for (const [to, pieces] of parts) {
    const missing = [0, 1, 2].find((i) => !pieces[i]);
    if (missing !== undefined)
      throw new GMemError(
        "WEIGHTS",
        `rename: query, key and value must be there for "${to}", got none for part ${missing}`,
      );
    whole.set(to, concatRows(pieces));
  }
  return Object.fromEntries(whole);
}
