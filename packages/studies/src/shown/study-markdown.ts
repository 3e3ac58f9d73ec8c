import type { Study } from "../frame/study.ts";
import type { StudyResult } from "../frame/study-result.ts";
import { studyFacts, studyTables, type TextTable } from "./study-table.ts";

/** A study and what came of it, as Markdown. @param pictures paths of its plots, relative to the file. */
export function studyMarkdown(study: Study, result: StudyResult, pictures: readonly string[] = []): string {
  const sections = studyTables(study, result).map((table) => `## ${capital(table.title)}\n\n${markdownTable(table)}`);
  const facts = studyFacts(study, result).map((line) => `- ${line}`);
  const shown = pictures.map((path) => `![${study.name}](${path})`);
  return `${[`# ${study.name}: ${study.about}`, facts.join("\n"), ...sections, ...shown].join("\n\n")}\n`;
}

function markdownTable({ head, rows }: TextTable): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replace(/\|/g, "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
