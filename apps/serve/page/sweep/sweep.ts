import type { SampleBody } from "../api/types.ts";

/** The axes of a sweep. */
export interface Axes {
  readonly steps: readonly number[];
  readonly guidance: readonly number[];
  readonly seed: readonly number[];
}

/** The most pictures of one sweep. */
export const mostCells = 64;

/** Numbers of a list such as `5, 10, 20`, each once and in its order; undefined for another text. */
export function listOf(text: string): readonly number[] | undefined {
  const parts = text.split(/[\s,;]+/).filter((part) => part !== "");
  const numbers = parts.map(Number);
  return numbers.length > 0 && numbers.every((value) => Number.isFinite(value) && value >= 0)
    ? [...new Set(numbers)]
    : undefined;
}

/** One request a picture: rows of seeds and guidance, columns of steps. */
export function cellsOf(body: SampleBody, { steps, guidance, seed }: Axes): readonly SampleBody[] {
  return seed.flatMap((ofSeed) =>
    guidance.flatMap((scale) =>
      steps.map((many) => ({ ...body, count: 1, seed: ofSeed, guidance: scale, steps: many })),
    ),
  );
}
