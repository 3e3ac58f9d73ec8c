import { statSync } from "node:fs";
import { onnxEngine } from "@gmem/engine-onnx";
import { nearest, report } from "@gmem/memory-bank";
import { bankFiles, openMemory } from "@gmem/runs";
import { quantity } from "@gmem/terminal";

const looked = 64;

/** `gmem-train bank info`. */
export async function bankInfo(folder: string, { json }: { readonly json?: boolean }): Promise<void> {
  const files = bankFiles(folder);
  const { bank, journal } = await openMemory(files);
  const engine = await onnxEngine();
  try {
    const facts = await report(bank);
    const rows = Int32Array.from({ length: Math.min(looked, bank.size) }, (_, i) =>
      Math.floor((i * bank.size) / Math.min(looked, bank.size)),
    );
    const near = await nearest(bank, await bank.at(rows), { k: 1, engine, exclude: rows });
    const similar =
      near.scores.data.length === 0
        ? Number.NaN
        : near.scores.data.reduce((sum, score) => sum + score, 0) / near.scores.data.length;
    const result = {
      ...facts,
      encoder: bank.encoderId,
      edits: journal.edits.length,
      fileBytes: statSync(files.bank).size,
      nearestCosine: similar,
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
        `neighbours  mean cosine of a row and its nearest other: ${similar.toFixed(3)} (${rows.length} rows)`,
        ...(facts.classes
          ? [`classes     ${facts.classes.map(({ label, rows: count }) => `${label}: ${count}`).join(", ")}`]
          : []),
        ...(names.length > 0 ? [`last row    ${names.at(-1)}`] : []),
        "",
      ].join("\n"),
    );
  } finally {
    await engine.dispose();
    await bank.close();
  }
}
