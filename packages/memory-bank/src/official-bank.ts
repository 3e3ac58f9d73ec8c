import { array, checkFinite, type Named, type NDArray, sameShape } from "@gmem/tensor";
import { type Bank, bankOf, rawSnippets } from "./bank.ts";
import { BankError } from "./bank-error.ts";
import { defaultIndex } from "./index-by-noise.ts";
import { memoryRows, rowBlocks } from "./rows.ts";
import { blockSize } from "./rows-moments.ts";
import { rowNorms, storedRows } from "./unit-rows.ts";

/** What an official bank file does not say. */
export interface OfficialBankOptions {
  /** Which encoder made it; the published banks are of DINOv2-B. Default "unspecified". */
  readonly encoderId?: string;
  /** [N]. */
  readonly labels?: Int32Array;
  /** What errors begin with: the file. Default "bankFromOfficial". */
  readonly where?: string;
}

/**
 * A bank of the GMem code as a bank: its tensor of rows [N,d] (`full`), or its factors C [N,r], M [d,r], S [r], mean [d]
 * (`dmd`). Rows stay as they are, raw features; what is taken from the bank has unit length.
 * @param tensors of the file: the four factors by name, or one tensor alone.
 * @throws {BankError} code `FORMAT` for anything else, `NON_FINITE` or `BANK` naming a row that is not finite or zero.
 * @example
 * const bank = bankFromOfficial({ bank: key(0).normal([100, 16]) });
 * bank.size; // 100
 */
export function bankFromOfficial(tensors: Named<NDArray>, options: OfficialBankOptions = {}): Bank {
  const { encoderId = "unspecified", labels, where = "bankFromOfficial" } = options;
  const refuse = (rule: string, got: string): never => {
    throw new BankError(where, rule, got, "FORMAT");
  };
  const name = (row: number): string => `${where}: row ${row}`;
  const common = {
    encoderId,
    preprocessing: "unspecified",
    index: defaultIndex,
    ...(labels && { labels }),
    close: async () => {},
  };
  const named = Object.keys(tensors);
  const { C, M, S, mean } = tensors;
  if (C && M && S && mean) {
    const [size = 0, rank = 0] = C.shape;
    const [dim = 0] = M.shape;
    for (const [name, value, shape] of [
      ["C", C, [size, rank]],
      ["M", M, [dim, rank]],
      ["S", S, [rank]],
      ["mean", mean, [dim]],
    ] as const)
      if (!sameShape(value.shape, shape)) refuse(`"${name}" must be [${shape}]`, `[${value.shape}]`);
    const factors = { basis: single(M), singular: single(S), mean: single(mean) };
    checkFinite({ M: factors.basis, S: factors.singular, mean: factors.mean }, { where });
    const { data } = single(C);
    rowNorms(data, rank, { ...storedRows, name, zeros: true });
    return bankOf({ ...common, rows: memoryRows(data, { size, width: rank }), factors });
  }
  const [only] = Object.values(tensors);
  if (named.length !== 1 || only?.shape.length !== 2)
    return refuse("must hold one tensor [N,d], or C, M, S and mean", named.join(", ") || "no tensor");
  const [size = 0, width = 0] = only.shape;
  const { data } = single(only);
  rowNorms(data, width, { ...storedRows, name });
  return bankOf({ ...common, rows: memoryRows(data, { size, width }) });
}

/** What the GMem code loads. */
export type OfficialBank =
  | { readonly kind: "full"; readonly rows: NDArray<"f32"> }
  | {
      readonly kind: "dmd";
      readonly C: NDArray<"f32">;
      readonly M: NDArray<"f32">;
      readonly S: NDArray<"f32">;
      readonly mean: NDArray<"f32">;
      /** r and d. */
      readonly latent_dim: number;
      readonly feature_dim: number;
    };

/**
 * A bank as the GMem code loads it: the inverse of {@link bankFromOfficial}, number for number.
 * @example
 * const official = await bankToOfficial(build(key(0).normal([100, 16]))); // kind "full", rows [100,16]
 */
export async function bankToOfficial(bank: Bank): Promise<OfficialBank> {
  const { factors, size, dim } = bank;
  const whole = async (rows: Bank["rows"]): Promise<NDArray<"f32">> => {
    const data = new Float32Array(rows.size * rows.width);
    let at = 0;
    for await (const block of rowBlocks(rows, blockSize)) {
      data.set(block, at);
      at += block.length;
    }
    return array(data, [rows.size, rows.width]);
  };
  if (!factors) return { kind: "full", rows: await whole(rawSnippets(bank)) };
  const { basis, singular, mean } = factors;
  const C = { ...(await whole(bank.rows)), shape: [size, singular.data.length] };
  return { kind: "dmd", C, M: basis, S: singular, mean, latent_dim: singular.data.length, feature_dim: dim };
}

const single = ({ shape, data }: NDArray): NDArray<"f32"> =>
  array(data instanceof Float32Array ? data : Float32Array.from(data), shape);
