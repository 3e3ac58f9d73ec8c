import type { Evaluation } from "./evaluation.ts";
import { evaluationColumns, evaluationRows, evaluationWarnings } from "./evaluation-rows.ts";

/** For a terminal: a line a number; the paper's numbers, the warnings and what was left out below. */
export function evaluationText(evaluation: Evaluation): string {
  const rows = evaluationRows(evaluation).map((row) => ({ ...row, interval: `[${row.low}, ${row.high}]` }));
  const columns = (
    ["metric", "value", "interval", "real", "fake", "protocol", "features", "against", "seed"] as const
  ).filter((column) => rows.some((row) => row[column] !== ""));
  const right = new Set(["value", "interval", "real", "fake"]);
  const widths = columns.map((column) => Math.max(column.length, ...rows.map((row) => row[column].length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) =>
        right.has(columns[i] as string) ? cell.padStart(widths[i] as number) : cell.padEnd(widths[i] as number),
      )
      .join("  ")
      .trimEnd();
  return [
    line(columns),
    ...rows.map((row) => line(columns.map((column) => row[column]))),
    ...evaluation.numbers.flatMap(({ metric, published = [] }) =>
      published.map(({ value, of, place }) => `paper     ${metric} ${value} (${of}, ${place})`),
    ),
    ...evaluationWarnings(evaluation).map((warning) => `warning   ${warning}`),
    ...evaluation.leftOut.map(({ metric, reason }) => `left out  ${metric} ${reason}`),
    ...Object.entries(evaluation.facts ?? {}).map(([name, fact]) => `model     ${name}: ${fact}`),
  ].join("\n");
}

/** A table in Markdown, with the warnings below. */
export function evaluationMarkdown(evaluation: Evaluation): string {
  const cell = (text: string): string => text.replaceAll("|", "\\|");
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(" | ")} |`;
  return [
    line(evaluationColumns),
    line(evaluationColumns.map(() => "---")),
    ...evaluationRows(evaluation).map((row) => line(evaluationColumns.map((column) => row[column]))),
    "",
    ...evaluationWarnings(evaluation).map((warning) => `- ${warning}`),
    "",
  ].join("\n");
}

/** A `tabular` for LaTeX with the package booktabs. */
export function evaluationLatex(evaluation: Evaluation): string {
  const line = (cells: readonly string[]): string => `${cells.map(latex).join(" & ")} \\\\`;
  return [
    `\\begin{tabular}{l${"r".repeat(5)}${"l".repeat(evaluationColumns.length - 6)}}`,
    "\\toprule",
    line(evaluationColumns),
    "\\midrule",
    ...evaluationRows(evaluation).map((row) => line(evaluationColumns.map((column) => row[column]))),
    "\\bottomrule",
    "\\end{tabular}",
    "",
  ].join("\n");
}

const latex = (text: string): string =>
  text
    .replace(/[&%$#_{}]/g, (c) => `\\${c}`)
    .replaceAll("∞", "$\\infty$")
    .replaceAll("–", "--");

/** Comma-separated values, quoted where they must be. */
export function evaluationCsv(evaluation: Evaluation): string {
  const cell = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return [
    evaluationColumns.join(","),
    ...evaluationRows(evaluation).map((row) => evaluationColumns.map((column) => cell(row[column])).join(",")),
    "",
  ].join("\n");
}
