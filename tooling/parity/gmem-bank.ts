import { factorize, interpolate, project, reconstructRows } from "@gmem/memory-bank";
import { array, concatRows, type NDArray, takeRows } from "@gmem/tensor";
import type { ParityCase, ParityFile } from "./case.ts";

type Row = NDArray<"f32">;

/** The numbers in a name such as `get_interpolated_3_11_a0.3`, after whose `prefix_` rows i and j and α of row i stand. */
function blend(name: string): { readonly i: number; readonly j: number; readonly alpha: number } | undefined {
  const match = name.match(/_interpolated_(\d+)_(\d+)_a([\d.]+?)(?:_COEFFS)?$/);
  return match ? { i: Number(match[1]), j: Number(match[2]), alpha: Number(match[3]) } : undefined;
}

/** A row number of `get_7` or `get_neg1`. */
function rowOf(name: string, size: number): number | undefined {
  const match = name.match(/\/get_(neg)?(\d+)$/);
  return match ? (match[1] ? size - Number(match[2]) : Number(match[2])) : undefined;
}

const vector = (rows: NDArray): Row => array(Float32Array.from(rows.data), [rows.data.length]);
const asRow = (x: NDArray): Row => array(Float32Array.from(x.data), [1, x.data.length]);

/** α·row i + (1 − α)·row j, unnormalised as in the reference. */
const mixed = (rows: Row, { i, j, alpha }: { i: number; j: number; alpha: number }): Row =>
  interpolate(takeRows(rows, [i]), takeRows(rows, [j]), { weightOfSecond: 1 - alpha, renormalize: false });

/** The compressed and the full bank of the GMem code: factors, retrieval, blends, additions. */
async function run(file: ParityFile): Promise<Record<string, NDArray>> {
  const bank = file.get("in/bank") as Row; // [N,d]
  const snippet = asRow(file.get("in/snippet")); // [1,d]
  const size = bank.shape[0] ?? 0;
  const { factors, coefficients } = await factorize(bank, {
    rank: file.number("rank", file.shapes["dmd/S"]?.[0]),
  });
  const decoded = reconstructRows(factors, coefficients);
  const added: Row[] = file.names.filter((name) => name === "full/add_exact").map(() => snippet);
  const results: Record<string, NDArray> = {};
  for (const name of file.names.filter((name) => !name.startsWith("in/"))) {
    const compressed = name.startsWith("dmd/");
    const rows = compressed ? decoded : bank;
    const row = rowOf(name, size);
    const pair = blend(name);
    if (row !== undefined) results[name] = vector(takeRows(rows, [row]));
    else if (pair && name.endsWith("_COEFFS")) results[name] = vector(mixed(coefficients, pair));
    else if (pair && compressed) {
      const blended = mixed(coefficients, pair);
      results[name] = vector(reconstructRows(factors, blended));
      if (name.includes("/add_")) results["dmd/C_new2"] = vector(blended);
    } else if (pair) {
      const blended = mixed(bank, pair);
      results[name] = vector(blended);
      if (name.includes("/add_")) added.push(blended);
    }
  }
  const projected = project(factors, snippet);
  const fixed: Record<string, () => NDArray> = {
    "dmd/C": () => coefficients,
    "dmd/M": () => factors.basis,
    "dmd/S": () => factors.singular,
    "dmd/mean": () => factors.mean,
    "dmd/get_all": () => decoded,
    "dmd/C_new": () => vector(projected),
    "dmd/add_exact": () => vector(reconstructRows(factors, projected)),
    "full/add_exact": () => vector(snippet),
    "full/final_bank": () => concatRows([bank, ...added]),
    "full/final_capacity": () => array([size + added.length], [], "i32"),
  };
  for (const [name, value] of Object.entries(fixed)) if (file.shapes[name]) results[name] = value();
  return results;
}

export const gmemBank: ParityCase = {
  component: "gmem_bank",
  expected: (name) => !name.startsWith("in/"),
  run,
  // the reference's SVD is float32
  tolerance: (_, tensor) => ({ atol: /^dmd\/(C|M|S)/.test(tensor) ? 5e-4 : 1e-4 }),
};
