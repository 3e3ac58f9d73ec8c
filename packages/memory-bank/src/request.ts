import { GMemError, type NDArray } from "@gmem/tensor";
import type { InterpolationMethod } from "./interpolate.ts";

/**
 * What to draw: rows chosen by the noise (`undefined`, §4.3 ii), rows by number, snippets as they are, or the blend of two
 * rows. A single row, snippet or blend serves the whole batch.
 */
export type BankRequest =
  | undefined
  | { readonly rows: readonly number[] }
  | { readonly snippets: NDArray<"f32"> }
  | {
      readonly interpolate: {
        readonly a: number;
        readonly b: number;
        /** Of b: one for the batch, or one for each sample. */
        readonly weight: number | readonly number[];
        readonly method?: InterpolationMethod;
        readonly seed?: number;
      };
    };

const methods: readonly InterpolationMethod[] = ["linear", "spherical", "concat", "mask"];

/**
 * Untrusted JSON → request. Snippets come as an array of rows of numbers.
 * @throws {GMemError} code `INVALID_REQUEST`
 * @example
 * parseBankRequest({ rows: [3] }, { size: 10, dim: 4 }); // { rows: [3] }
 */
export function parseBankRequest(input: unknown, bank: { readonly size: number; readonly dim: number }): BankRequest {
  if (input === undefined || input === null) return undefined;
  const fields = record(input, "request");
  const known = Object.keys(fields).filter((name) => fields[name] !== undefined);
  if (known.length === 0) return undefined;
  if (known.length > 1) refuse('request: must have one of "rows", "snippets", "interpolate"', known.join(" and "));
  const row = (value: unknown, where: string): number => {
    if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value < bank.size) return value;
    return refuse(`${where}: must be a row number 0…${bank.size - 1}`, JSON.stringify(value));
  };
  if (known[0] === "rows") return { rows: list(fields.rows, "rows").map((value, i) => row(value, `rows[${i}]`)) };
  if (known[0] === "snippets") return { snippets: parseSnippets(fields.snippets, bank.dim) };
  if (known[0] !== "interpolate")
    refuse('request: must have one of "rows", "snippets", "interpolate"', `"${known[0]}"`);
  const { a, b, weight, method, seed } = record(fields.interpolate, "interpolate");
  const chosen = methods.find((name) => name === method);
  if (method !== undefined && !chosen)
    refuse(`interpolate.method: must be ${methods.join(", ")}`, JSON.stringify(method));
  if (seed !== undefined && !(typeof seed === "number" && Number.isSafeInteger(seed) && seed >= 0))
    refuse("interpolate.seed: must be an integer from 0", JSON.stringify(seed));
  return {
    interpolate: {
      a: row(a, "interpolate.a"),
      b: row(b, "interpolate.b"),
      weight: Array.isArray(weight) ? list(weight, "interpolate.weight").map((value) => unit(value)) : unit(weight),
      ...(chosen && { method: chosen }),
      ...(typeof seed === "number" && { seed }),
    },
  };
}

function parseSnippets(input: unknown, dim: number): NDArray<"f32"> {
  const rows = list(input, "snippets");
  const data = new Float32Array(rows.length * dim);
  for (const [i, row] of rows.entries()) {
    if (!Array.isArray(row) || row.length !== dim || !row.every((value) => Number.isFinite(value)))
      refuse(`snippets[${i}]: must be ${dim} finite numbers`, describe(row));
    else data.set(row, i * dim);
  }
  return { dtype: "f32", shape: [rows.length, dim], data };
}

const describe = (value: unknown): string =>
  Array.isArray(value) ? `an array of ${value.length}` : (JSON.stringify(value)?.slice(0, 40) ?? typeof value);

function unit(value: unknown): number {
  if (typeof value === "number" && value >= 0 && value <= 1) return value;
  return refuse("interpolate.weight: must be in 0…1", describe(value));
}

function list(value: unknown, where: string): readonly unknown[] {
  if (Array.isArray(value) && value.length > 0) return value;
  return refuse(`${where}: must be an array with at least one entry`, describe(value));
}

function record(value: unknown, where: string): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  return refuse(`${where}: must be an object`, describe(value));
}

function refuse(rule: string, got: string): never {
  throw new GMemError("INVALID_REQUEST", `${rule}, got ${got}`);
}
