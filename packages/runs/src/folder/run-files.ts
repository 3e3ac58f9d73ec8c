import { existsSync } from "node:fs";
import { join } from "node:path";
import { GMemError } from "@gmem/tensor";

/** Where a run folder keeps what. */
export interface RunFiles extends BankFiles {
  readonly folder: string;
  /** Resolved configuration, versions, class names. */
  readonly config: string;
  /** Averaged parameters of the finished run. */
  readonly model: string;
  readonly samples: string;
  /** Vectors of captions, where text conditions the model. */
  readonly texts: string;
  /** A tokenizer that was trained: the run's copy, or what a tokenizer's folder is about. */
  readonly tokenizer: string;
  /** One JSON line a step. */
  readonly metrics: string;
  readonly report: string;
  /** Exported ONNX files. */
  readonly onnx: string;
}

/** Where a bank lies, in a run folder or alone. */
export interface BankFiles {
  readonly bank: string;
  /** Edits since the bank was written. */
  readonly journal: string;
  /** A folder with the banks before it was compressed or reduced, each with its edits. */
  readonly previousBanks: string;
  /** The encoder that was learned with the bank. */
  readonly encoder: string;
}

/** Every path of a run folder. */
export const runFiles = (folder: string): RunFiles => ({
  folder,
  config: join(folder, "config.json"),
  model: join(folder, "model.safetensors"),
  samples: join(folder, "samples"),
  texts: join(folder, "texts"),
  tokenizer: join(folder, "tokenizer.safetensors"),
  metrics: join(folder, "metrics.jsonl"),
  report: join(folder, "report.html"),
  onnx: join(folder, "onnx"),
  ...bankFilesIn(join(folder, "bank")),
});

/** Every path of a folder that holds a bank alone. */
export const bankFilesIn = (folder: string): BankFiles => ({
  bank: join(folder, "bank.safetensors"),
  journal: join(folder, "bank.edits.jsonl"),
  previousBanks: join(folder, "previous"),
  encoder: join(folder, "encoder.safetensors"),
});

/** The bank files of a run folder, or of a folder that holds a bank alone. @throws {GMemError} code `CONFIG` if it has none. */
export function bankFiles(folder: string): BankFiles {
  const found = [runFiles(folder), bankFilesIn(folder)].find(({ bank }) => existsSync(bank));
  if (found) return found;
  throw new GMemError(
    "CONFIG",
    `${folder}: needs a memory bank; train a run with one, or make one with \`gmem-train bank build\``,
  );
}

/** The folder that a configuration asks for. */
export const runFolder = ({ runs, name }: { readonly runs: string; readonly name: string }): string => join(runs, name);
