import { conditioner } from "@gmem/class-table";
import type { Conditioner } from "@gmem/spec";
import type { ParityFile } from "./case.ts";

/** The class table of SiT, DiT and LightningDiT: as many rows as the file's, one of them the null class where labels are dropped. */
export function classTable(file: ParityFile, hiddenSize: number): Conditioner {
  const dropProbability = file.number("class_dropout_prob", 0.1);
  const [rows = 0] = file.shapes["w/y_embedder.embedding_table.weight"] ?? [];
  return conditioner({ classes: rows - (dropProbability > 0 ? 1 : 0), hiddenSize, dropProbability });
}
