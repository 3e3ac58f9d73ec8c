import { checkOptions, GMemError, type OptionTable } from "@gmem/tensor";

export interface ClassTableOptions {
  /** K. */
  readonly classes: number;
  /** D, the width of the embedding: that of the backbone. */
  readonly hiddenSize: number;
  /** P(label → null) in training, for guidance; default 0.1. With 0 the table has no null row. */
  readonly dropProbability?: number;
  /** k, embeddings of a class, of which every sample takes one: tables made from a bank (E.1). Default 1. */
  readonly perClass?: number;
}

/** With what another conditioner of Figure 4 takes, where one is swapped for another. */
const table: OptionTable<ClassTableOptions & { readonly bank?: unknown; readonly textEncoder?: unknown }> = {
  bank: "optional",
  textEncoder: "optional",
  classes: "optional",
  hiddenSize: "optional",
  dropProbability: "optional",
  perClass: "optional",
};

/** Checks the options and fills in defaults. @throws {GMemError} code `CONFIG` */
export function checkedOptions(options: ClassTableOptions): Required<ClassTableOptions> {
  checkOptions("class-table conditioner", options, table);
  const { classes, hiddenSize, dropProbability = 0.1, perClass = 1 } = options;
  if (!isCount(classes)) return refuse("needs { classes }, a positive integer", classes);
  if (!isCount(hiddenSize)) return refuse("needs { hiddenSize }, the width of the backbone", hiddenSize);
  if (!(dropProbability >= 0 && dropProbability < 1))
    return refuse("dropProbability must be in [0, 1)", dropProbability);
  if (!isCount(perClass)) return refuse("perClass must be a positive integer", perClass);
  return { classes, hiddenSize, dropProbability, perClass };
}

const isCount = (value: number): boolean => Number.isInteger(value) && value > 0;

function refuse(rule: string, got: number | undefined): never {
  throw new GMemError("CONFIG", `class-table conditioner: ${rule}, got ${got ?? "none"}`);
}
