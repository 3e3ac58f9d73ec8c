import { statSync } from "node:fs";
import { someNames } from "@gmem/datasets/folder";
import { onnxEngine } from "@gmem/engine-onnx";
import { bankFacts, bankFiles, openMemory } from "@gmem/runs";
import { quantity } from "@gmem/terminal";

const rowsOfClasses = (classes: readonly { readonly label: number; readonly rows: number }[]): string[] =>
  classes.map(({ label, rows }) => `${label}: ${rows}`);

/** `gmem-train bank info`. */
export async function bankInfo(folder: string, { json }: { readonly json?: boolean }): Promise<void> {
  const files = bankFiles(folder);
  const { bank, journal } = await openMemory(files);
  const engine = await onnxEngine();
  try {
    const { looked, ...facts } = await bankFacts(bank, engine);
    const result = {
      ...facts,
      encoder: bank.encoderId,
      edits: journal.edits.length,
      fileBytes: statSync(files.bank).size,
    };
    if (json) {
      process.stdout.write(`${JSON.stringify(result)}\n`);
      return;
    }
    const names = (await bank.sources?.()) ?? [];
    process.stdout.write(
      [
        `rows        ${bank.size} × ${bank.dim}${bank.rank === undefined ? "" : `, rank ${bank.rank}`}, ${quantity(result.fileBytes, "B")} on disk`,
        `encoder     ${bank.encoderId}`,
        `edits       ${journal.edits.length}${journal.canUndo ? " (undo with `gmem-train bank undo`)" : ""}`,
        `duplicates  ${facts.duplicates}`,
        ...(bank.size > 1
          ? [
              `neighbours  mean cosine of a row and its nearest other: ${facts.nearestCosine.toFixed(3)} (${looked} rows)`,
            ]
          : []),
        ...(facts.classes ? [`classes     ${someNames(rowsOfClasses(facts.classes), 20).join(", ")}`] : []),
        ...(names.length > 0 ? [`last row    ${names.at(-1)}`] : []),
        "",
      ].join("\n"),
    );
  } finally {
    await engine.dispose();
    await bank.close();
  }
}
