import { DTypeError, GMemError } from "./errors.ts";
import { didYouMean } from "./suggest.ts";

/** For every option of T, whether it has to be given: a new one does not compile until it stands here. */
export type OptionTable<T> = { readonly [K in keyof Required<T>]: "required" | "optional" };

/**
 * Checks options where code without types can misspell or forget them, at the entry of what people call.
 * @throws {GMemError} code `CONFIG` for what is no object, for an option that is missing and for one that does not exist.
 * @example
 * interface Options { readonly heads: number; readonly causal?: boolean }
 * const table = { heads: "required", causal: "optional" } satisfies OptionTable<Options>;
 * checkOptions("attention", { heads: 4 }, table); // { haeds: 4 }: takes heads, causal, got "haeds". Did you mean "heads"?
 */
export function checkOptions(
  where: string,
  options: unknown,
  table: Readonly<Record<string, "required" | "optional">>,
): void {
  const names = Object.keys(table);
  const error = (rule: string, got: string): GMemError => new GMemError("CONFIG", `${where}: ${rule}, got ${got}`);
  if (typeof options !== "object" || options === null)
    throw error(`takes options { ${names.join(", ")} }`, String(options));
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(table, name));
  if (unknown !== undefined)
    throw error(`takes ${names.join(", ") || "no options"}`, `"${unknown}".${didYouMean(unknown, names)}`);
  const given = options as Readonly<Record<string, unknown>>;
  const missing = names.filter((name) => table[name] === "required" && given[name] === undefined);
  if (missing.length > 0) throw error(`needs ${missing.join(", ")}`, "none");
}

/**
 * @throws {DTypeError} for what is no array.
 * @example
 * checkArray("build: features", zeros([2, 4]));
 */
export function checkArray(where: string, value: unknown): void {
  const { dtype, shape, data } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof dtype !== "string" || !Array.isArray(shape) || !ArrayBuffer.isView(data))
    throw new DTypeError(where, "must be an array { dtype, shape, data }", value === null ? "null" : typeof value);
}
