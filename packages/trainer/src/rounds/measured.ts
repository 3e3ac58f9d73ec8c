import { mapNamed } from "@gmem/tensor";
import type { TrainStep } from "../trainer.ts";
import type { Measured } from "./round-files.ts";

/** The means of a part's steps; those that were skipped are counted and left out. */
export function measure(steps: readonly TrainStep[]): Measured {
  const made = steps.filter(({ skipped }) => !skipped);
  const names = made[0]?.parts ?? {};
  return {
    loss: mean(made.map(({ loss }) => loss)),
    parts: mapNamed(names, (_, name) => mean(made.map(({ parts }) => parts[name] as number))),
    gradNorm: mean(made.map(({ gradNorm }) => gradNorm)),
    skipped: steps.length - made.length,
  };
}

/** The means of the parts of a round, in their order. */
export const joinMeasured = (parts: readonly Measured[]): Measured => ({
  loss: mean(present(parts.map(({ loss }) => loss))),
  parts: mapNamed(parts.find(({ loss }) => loss !== null)?.parts ?? {}, (_, name) =>
    mean(present(parts.map((part) => part.parts[name] ?? null))),
  ),
  gradNorm: mean(present(parts.map(({ gradNorm }) => gradNorm))),
  skipped: parts.reduce((sum, { skipped }) => sum + skipped, 0),
});

const present = (values: readonly (number | null)[]): number[] => values.filter((value) => value !== null);

const mean = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
