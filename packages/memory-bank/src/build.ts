import { checkArray, checkOptions, type NDArray, type OptionTable, ShapeError } from "@gmem/tensor";
import type { BlockMoments } from "@gmem/tensor/linalg";
import { type Bank, bankOf } from "./bank.ts";
import { defaultIndex, type IndexSpec } from "./index-by-noise.ts";
import { memoryRows } from "./rows.ts";
import { rowsMoments } from "./rows-moments.ts";
import { unitRows } from "./unit-rows.ts";

export interface BuildOptions {
  /** Which encoder made the features; banks of different encoders never mix. Default "unspecified". */
  readonly encoderId?: string;
  /** Default "unspecified". */
  readonly preprocessing?: string;
  /** [n]; −1 for none. */
  readonly labels?: Int32Array;
  /** Names of the images; they appear in errors. */
  readonly sources?: readonly string[];
  readonly index?: IndexSpec;
}

const table: OptionTable<BuildOptions> = {
  encoderId: "optional",
  preprocessing: "optional",
  labels: "optional",
  sources: "optional",
  index: "optional",
};

/**
 * A bank in memory from features f(x): rows s = f(x)/‖f(x)‖₂ (§4.1). Larger collections: `buildFromImages`.
 * @param features [n,d], not normalised.
 * @throws {BankError} naming the image, if a feature is NaN, infinite or zero.
 * @throws {ShapeError} if features, labels and sources do not match.
 * @example
 * const bank = build(key(0).normal([100, 16]), { encoderId: "demo" });
 * const snippets = await bank.at(bank.indexOf(key(1).normal([4, 4, 8, 8]))); // f32 [4,16], unit rows
 */
export function build(features: NDArray<"f32">, options: BuildOptions = {}): Bank {
  const { encoderId = "unspecified", preprocessing = "unspecified", labels, sources, index = defaultIndex } = options;
  checkArray("build: features", features);
  checkOptions("build", options, table);
  const rows = unitRows(features, sources ? { name: (row) => sources[row] ?? `row ${row}` } : {});
  const [size, width] = rows.shape as readonly [number, number];
  if (size === 0) throw new ShapeError("build", "a bank needs at least one row", [features.shape]);
  if (sources && sources.length !== size)
    throw new ShapeError("build", `needs a source for each of ${size} rows`, [[sources.length]]);
  const stored = memoryRows(rows.data, { size, width });
  let moments: Promise<BlockMoments> | undefined;
  return bankOf({
    rows: stored,
    encoderId,
    preprocessing,
    index,
    ...(labels && { labels }),
    ...(sources && { sources: async () => sources }),
    moments(engine) {
      moments ??= rowsMoments(stored, engine);
      return moments;
    },
    close: async () => {},
  });
}
