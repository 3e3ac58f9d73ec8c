import type { MemoryBank } from "@gmem/spec";
import { type Engine, type NDArray, ShapeError } from "@gmem/tensor";
import type { BlockMoments } from "@gmem/tensor/linalg";
import { type Factors, reconstructRows } from "./factors.ts";
import { type IndexSpec, indexByNoise } from "./index-by-noise.ts";
import { mappedRows, type Rows } from "./rows.ts";
import { storedRows, unitRows } from "./unit-rows.ts";

/** What a bank is made of. */
export interface BankParts {
  /** Snippets [N,d], or coefficients [N,r] when there are factors. */
  readonly rows: Rows;
  readonly factors?: Factors;
  readonly encoderId: string;
  /** What was done to images before the encoder. */
  readonly preprocessing: string;
  readonly index: IndexSpec;
  /** [N]; −1 for a row without label. */
  readonly labels?: Int32Array;
  /** Names of the images the rows came from; read on demand. */
  readonly sources?: () => Promise<readonly string[]>;
  /**
   * n, μ and scatter of the unit rows before any compression (docs/formulas.md, "Moments"); read or computed on demand.
   */
  readonly moments?: (engine?: Engine) => Promise<BlockMoments>;
  /** Closes the file the rows lie in, if any. */
  readonly close: () => Promise<void>;
}

/** A memory bank as a value: edits return new banks over the same storage. Banks on disk are closed with `close()`. */
export interface Bank extends MemoryBank, BankParts {}

/** Makes a bank of its parts. @throws {ShapeError} if labels do not match rows or factors. */
export function bankOf(parts: BankParts): Bank {
  const { rows, factors, labels, index } = parts;
  const dim = factors ? (factors.basis.shape[0] as number) : rows.width;
  if (labels && labels.length !== rows.size)
    throw new ShapeError("bank", `needs a label for each of ${rows.size} rows`, [[labels.length]]);
  if (factors && factors.basis.shape[1] !== rows.width)
    throw new ShapeError("bank", "coefficients and basis must have one rank", [
      [rows.size, rows.width],
      factors.basis.shape,
    ]);
  const snippets = rawSnippets(parts);
  return {
    ...parts,
    size: rows.size,
    dim,
    ...(factors && { rank: rows.width }),
    async at(wanted: Int32Array): Promise<NDArray<"f32">> {
      const outside = wanted.find((row) => !(row >= 0 && row < rows.size));
      if (outside !== undefined)
        throw new ShapeError("bank.at", `row ${outside} is outside 0…${rows.size - 1}`, [[rows.size, dim]]);
      const found = { dtype: "f32", shape: [wanted.length, dim], data: await snippets.take(wanted) } as const;
      return unitRows(found, { ...storedRows, name: (i) => `bank: row ${wanted[i]}` });
    },
    indexOf: (noise: NDArray<"f32">): Int32Array => indexByNoise(noise, { size: rows.size, spec: index }),
  };
}

/** Snippets [N,d] as stored or reconstructed (eq. 2), not renormalised. */
export function rawSnippets({ rows, factors }: Pick<BankParts, "rows" | "factors">): Rows {
  if (!factors) return rows;
  const dim = factors.basis.shape[0] as number;
  const rank = rows.width;
  return mappedRows(rows, dim, (data, n) => reconstructRows(factors, { dtype: "f32", shape: [n, rank], data }).data);
}
