import { basename, join } from "node:path";
import type { NDArray } from "@gmem/tensor";
import { readSafetensors } from "@gmem/weights";
import type { Given } from "./case.ts";
import { demand, done } from "./expect.ts";

type Arrays = Readonly<Record<string, NDArray>>;

/** The network of a checkpoint after `convert`, and what that printed. */
export async function converted(
  { cli, scratch }: Given,
  source: string,
  ...options: readonly string[]
): Promise<{ readonly tensors: Arrays; readonly printed: string; readonly run: string }> {
  const run = `run-${basename(source)}`;
  const printed = done(cli("convert", source, run, "--heads", "1", ...options));
  const { tensors } = await readSafetensors(join(scratch, run, "model.safetensors"));
  return { tensors, printed, run };
}

/** The largest difference of two networks that must have the same names and shapes. @throws {Error} unless it is 0. */
export function sameNetwork(got: Arrays, want: Arrays): string {
  const names = Object.keys(want).sort();
  demand(String(Object.keys(got).sort()) === String(names), names.join(" "), Object.keys(got).sort().join(" "));
  const off = Math.max(...names.map((name) => difference(got[name], want[name])));
  demand(off === 0, "difference 0", off);
  return `${names.length} tensors, difference 0`;
}

/** NaN where shapes differ. */
function difference(a: NDArray | undefined, b: NDArray | undefined): number {
  if (!a || !b || String(a.shape) !== String(b.shape)) return Number.NaN;
  return Array.from(a.data, Number).reduce((most, value, i) => Math.max(most, Math.abs(value - Number(b.data[i]))), 0);
}
