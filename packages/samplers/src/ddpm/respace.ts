import { GMemError, roundHalfEven } from "@gmem/tensor";

/** 250 or "250": so many steps; "ddim50": 50 at an integer stride; "10,20,30": so many in each equal part of the process. */
export type Respacing = number | string;

/**
 * Which of K steps a shorter process keeps, ascending (Nichol & Dhariwal 2021, §4; docs/formulas.md, "DDPM respacing").
 * @throws {GMemError} code `CONFIG` for counts that do not fit, or no integer stride.
 * @example
 * respace("ddim50", 1000); // 0, 20, 40, …, 980
 */
export function respace(respacing: Respacing, steps: number): readonly number[] {
  const text = String(respacing);
  if (/^ddim\d+$/.test(text)) return strided(Number(text.slice(4)), steps);
  const counts = text.split(",").map(Number);
  if (counts.some((count) => !Number.isInteger(count) || count < 1))
    throw new GMemError("CONFIG", `respace: write counts as 250, "ddim50" or "10,20,30", got "${text}"`);
  const kept: number[] = [];
  let start = 0;
  counts.forEach((count, i) => {
    const size = Math.floor(steps / counts.length) + (i < steps % counts.length ? 1 : 0);
    if (count > size)
      throw new GMemError("CONFIG", `respace: part ${i} of ${steps} steps has only ${size}, got ${count} to keep`);
    const stride = count > 1 ? (size - 1) / (count - 1) : 1;
    let at = 0; // summed as the original does: ties depend on the rounding
    for (let k = 0; k < count; k++) {
      kept.push(start + roundHalfEven(at));
      at += stride;
    }
    start += size;
  });
  return kept;
}

function strided(count: number, steps: number): readonly number[] {
  for (let stride = 1; stride <= steps; stride++)
    if (Math.ceil(steps / stride) === count) return Array.from({ length: count }, (_, i) => i * stride);
  throw new GMemError("CONFIG", `respace: no integer stride takes ${count} of ${steps} steps; leave "ddim" out`);
}
