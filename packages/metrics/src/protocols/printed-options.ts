import type { MetricNumber } from "@gmem/spec";

/** The options as `name value` pairs, to print behind a number. */
export const printedOptions = ({ options }: Pick<MetricNumber, "options">): string =>
  Object.entries(options)
    .map(([name, value]) => `${name} ${value}`)
    .join(", ");
