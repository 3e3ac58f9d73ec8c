import { join } from "node:path";
import type { Check } from "../check.ts";
import { readText } from "../workspace.ts";
import { paperPlaces } from "./paper-places.ts";

const file = "docs/paper-map.md";

/** Every place of the paper has one row in the map, with a file or the reason why there is none. */
export const paperMap: Check = {
  name: "paper-map",
  async run(root) {
    const rows = rowsOf((await readText(join(root, file))) ?? "");
    const problems: string[] = [];
    for (const place of paperPlaces) {
      const found = rows.filter(({ cells }) => cells[0] === place);
      if (found.length !== 1) problems.push(`${file}: needs one row for "${place}", got ${found.length}`);
    }
    for (const { line, cells } of rows) {
      const [place = "", what = "", files = "", ...others] = cells;
      const at = `${file}:${line}: the row of "${place}"`;
      if (!paperPlaces.includes(place)) problems.push(`${at} is no place of the paper`);
      if (what === "") problems.push(`${at} says what is there`);
      if (!/\]\([^)]+\)/.test(files) && !hasDash(files)) problems.push(`${at} links a file, or says why there is none`);
      if ([files, ...others].some((cell) => hasDash(cell) && !givesReason(cell)))
        problems.push(`${at} has a dash without its reason`);
    }
    return problems;
  },
};

const hasDash = (cell: string): boolean => /(^|\s)[–—-](\s|$)/.test(cell);

/** At least two words follow each dash. */
const givesReason = (cell: string): boolean =>
  cell
    .split(/(?:^|\s)[–—-](?=\s|$)/)
    .slice(1)
    .every((reason) => (reason.match(/[\p{L}\p{N}]+/gu) ?? []).length >= 2);

/** The rows of all tables, without their heads. */
function rowsOf(text: string): readonly { readonly line: number; readonly cells: readonly string[] }[] {
  const lines = text.split("\n");
  return lines.flatMap((line, i) => {
    const rule = /^\|[\s|:-]+\|$/;
    if (!line.startsWith("|") || rule.test(line) || rule.test(lines[i + 1] ?? "")) return [];
    const cells = line.split("|").slice(1, -1);
    return [{ line: i + 1, cells: cells.map((cell) => cell.trim()) }];
  });
}
