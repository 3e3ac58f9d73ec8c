import type { CheckpointDescription } from "@gmem/backbones/published";
import { GMemError } from "@gmem/tensor";
import type { RunConfig } from "../config/schema.ts";
import type { AnyBank } from "./open-any-bank.ts";

/** A checkpoint has no names of classes: numbers stand for them. */
export function classesOf(
  { conditioner }: CheckpointDescription,
  { config, memory }: { readonly config: RunConfig; readonly memory?: AnyBank | undefined },
): readonly string[] {
  const labels = Array.from(memory?.bank.labels ?? []);
  const known = labels.reduce((most, label) => Math.max(most, label + 1), 0);
  const count = conditioner.kind === "class-table" ? tableClasses(conditioner.classes, config) : known;
  return Array.from({ length: count }, (_, y) => String(y));
}

/** Classes of a table of so many rows, its null row aside. */
function tableClasses(rows: number, { conditioner }: RunConfig): number {
  const perClass = conditioner.kind === "class-table" ? conditioner.perClass : 1;
  if (rows % perClass === 0) return rows / perClass;
  throw new GMemError(
    "CONFIG",
    `conditioner.perClass: must divide the ${rows} rows of the checkpoint's table, got ${perClass}; set the rows that a class has`,
  );
}
