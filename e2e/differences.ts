import type { Comparison } from "./tiny-run.ts";

/** What may lie between two runtimes: rounding. */
const allowed = 1e-5;

/** The largest differences of a file's outputs from what the engine gave. @throws {Error} if one is too large. */
export function differences({ part, wanted }: Comparison, got: Comparison["wanted"]): string {
  const found = Object.entries(wanted).map(([name, { shape, data }]) => {
    const given = got[name];
    if (String(given?.shape) !== String(shape))
      throw new Error(`${part}: ${name} must be [${shape}], got [${given?.shape}]`);
    const worst = data.reduce((most, value, i) => {
      const off = Math.abs(value - (given?.data[i] ?? Number.NaN)) / (1 + Math.abs(value));
      return Math.max(off, most); // NaN stays
    }, 0);
    if (!(worst <= allowed)) throw new Error(`${part}: ${name} differs by ${worst}, more than ${allowed}`);
    return `${name} [${shape}] differs by ${worst.toExponential(1)}`;
  });
  return found.join(", ");
}
