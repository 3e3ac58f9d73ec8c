import type { Study } from "../frame/study.ts";
import type { StudyResult } from "../frame/study-result.ts";
import { studyFacts, studyTables, type TextTable } from "./study-table.ts";

/** A study and what came of it, as columns of text for a terminal. */
export function studyText(study: Study, result: StudyResult): string {
  const tables = studyTables(study, result).map((table) => `${table.title}\n\n${columns(table)}`);
  return [`${study.name}: ${study.about}`, studyFacts(study, result).join("\n"), ...tables].join("\n\n");
}

function columns({ head, rows }: TextTable): string {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd();
  return [line(head), line(widths.map((width) => "─".repeat(width))), ...rows.map(line)].join("\n");
}
