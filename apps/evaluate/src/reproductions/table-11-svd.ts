import { in256After160 } from "./in256-160.ts";
import type { Reproduction } from "./reproduction.ts";

/** Table 11, first and second row: LightningDiT-B/1 after 64 epochs, with a bank of factors and with the whole one. */
const row = (name: string, value: string, memory?: { readonly rank: number }): Reproduction => ({
  ...in256After160,
  name,
  about: `ImageNet 256², LightningDiT-B/1 after 64 epochs, ${memory ? `bank as SVD factors of rank ${memory.rank}` : "whole bank"}`,
  paper: { of: `LDiT-B/1, 64 epochs, ${memory ? "SVD" : "no SVD"}`, place: "Table 11", value },
  preset: "in256-ldit-B",
  ...(memory && { memory }),
  files: {
    ...in256After160.files,
    checkpoint: {
      what: "weights of LightningDiT-B/1 after 64 epochs",
      note: "not published; `gmem-train run in256-ldit-B` trains one, `gmem-train convert` writes its checkpoint",
    },
  },
});

/** Rank 512 is the example of appendix C; Table 11 does not say its own. */
export const table11: readonly Reproduction[] = [
  row("table-11-svd", "5.70", { rank: 512 }),
  row("table-11-whole", "5.85"),
];
