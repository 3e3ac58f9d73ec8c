import { GMemError } from "@gmem/tensor";

/** Plain data that a run folder keeps as `conditioner.json`. */
export interface ClassTableConfig {
  readonly name: "class-table";
  /** K. */
  readonly classes: number;
  /** D. */
  readonly hiddenSize: number;
  readonly dropProbability: number;
  /** k, rows of the table for each class; default 1. */
  readonly perClass?: number;
}

/**
 * Checks a config. @throws {GMemError} code `CONFIG`
 * @example
 * parseConfig({ name: "class-table", classes: 10, hiddenSize: 16, dropProbability: 0.1 }).classes; // 10
 */
export function parseConfig(input: unknown): ClassTableConfig {
  if (typeof input !== "object" || input === null) return refuse("config must be an object", input);
  const { name, classes, hiddenSize, dropProbability, perClass = 1 }: Readonly<Record<string, unknown>> = { ...input };
  if (name !== "class-table") return refuse('name must be "class-table"; this run has another conditioner', name);
  if (!isCount(classes)) return refuse("needs { classes }, a positive integer", classes);
  if (!isCount(hiddenSize)) return refuse("needs hiddenSize, the width of the backbone", hiddenSize);
  if (typeof dropProbability !== "number" || !(dropProbability >= 0 && dropProbability < 1))
    return refuse("dropProbability must be in [0, 1)", dropProbability);
  if (!isCount(perClass)) return refuse("perClass must be a positive integer", perClass);
  return { name, classes, hiddenSize, dropProbability, ...(perClass > 1 && { perClass }) };
}

const isCount = (value: unknown): value is number => typeof value === "number" && Number.isInteger(value) && value > 0;

function refuse(rule: string, got: unknown): never {
  throw new GMemError("CONFIG", `class-table conditioner: ${rule}, got ${JSON.stringify(got) ?? "none"}`);
}
