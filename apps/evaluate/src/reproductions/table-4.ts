import { in256After160 } from "./in256-160.ts";
import type { Reproduction } from "./reproduction.ts";

/** Table 4, LightningDiT-XL/1: k snippets of each class in place of the bank, without training. */
const picked = (pick: "random" | "average", perClass: number, value: string): Reproduction => ({
  ...in256After160,
  name: `table-4-${pick}-${perClass}`,
  about: `ImageNet 256², LightningDiT-XL/1 with ${pick === "random" ? `${perClass} random snippets` : "the mean snippet"} of each class`,
  paper: {
    of: `LDiT-XL/1 + REPA + GMem, ${pick === "random" ? "Random" : "Average"}@${perClass}`,
    place: "Table 4",
    value,
  },
  memory: { pick, perClass },
  files: {
    ...in256After160.files,
    checkpoint: {
      ...in256After160.files.checkpoint,
      note: `${in256After160.files.checkpoint.note}; the paper does not say after how many epochs Table 4 was made`,
    },
    bank: {
      ...in256After160.files.bank,
      note: "with the class of each row, which the published one has not: `gmem-train bank build` of ImageNet makes one",
    },
  },
});

export const table4: readonly Reproduction[] = [
  picked("average", 1, "12.27"),
  picked("random", 1, "7.62"),
  picked("random", 5, "4.15"),
  picked("random", 13, "3.41"),
];
