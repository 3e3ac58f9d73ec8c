import type { ProtocolName } from "./protocol.ts";

/** A number with all that is needed to compare it with another. */
export interface MetricResult {
  /** What to print: "FID", "sFID", "KID", "precision" …. */
  readonly metric: string;
  readonly value: number;
  /** Where the value lies with the confidence of `level`, and by which method that was found. */
  readonly interval: { readonly low: number; readonly high: number; readonly level: number; readonly method: string };
  /** Images of each side; of a metric without reference real is 0. */
  readonly counts: { readonly real: number; readonly fake: number };
  /** Of whatever was drawn; absent where nothing was. */
  readonly seed?: number;
  readonly protocol: ProtocolName;
  /** Every named option that the value depends on. */
  readonly options: Readonly<Record<string, string | number | boolean>>;
  readonly warnings: readonly string[];
}

/** The options as `name value` pairs, to print behind a number. */
export const printedOptions = ({ options }: Pick<MetricResult, "options">): string =>
  Object.entries(options)
    .map(([name, value]) => `${name} ${value}`)
    .join(", ");
