import type { ParityFile } from "./case.ts";

/**
 * Three times the difference between a float32 and a float64 run that the file's metadata gives for one tensor: where it
 * is more than the README's tolerance, the reference itself is no better. 0 where the file does not say. `max_rel` is
 * over the largest magnitude of the tensor.
 */
export function measured(
  file: ParityFile,
  tensor: string,
  kind: "max_abs_f32_vs_f64" | "max_rel" = "max_abs_f32_vs_f64",
): number {
  const text = file.metadata[kind];
  if (text === undefined) return 0;
  try {
    const value = Number((JSON.parse(text) as Record<string, unknown> | null)?.[tensor]);
    return value > 0 && Number.isFinite(value) ? 3 * value : 0;
  } catch {
    return 0;
  }
}
