import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { paperMap } from "./paper-map.ts";
import { paperPlaces } from "./paper-places.ts";

let root = "";
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "paper-map-"));
  await mkdir(join(root, "docs"));
});
afterEach(() => rm(root, { recursive: true }));

const head = "| place | what it is | files | command |\n|---|---|---|---|\n";
const row = (place: string): string => `| ${place} | something | [a.ts](../a.ts) | \`npm test\` |`;

/** Problems of a map with one sound row a place, changed by `change`. */
const found = async (change: (rows: string[]) => string[]): Promise<string> => {
  await writeFile(join(root, "docs/paper-map.md"), `# Map\n\n${head}${change(paperPlaces.map(row)).join("\n")}\n`);
  return (await paperMap.run(root)).join("\n");
};
const replaced =
  (place: string, by: string) =>
  (rows: string[]): string[] =>
    rows.map((text) => (text === row(place) ? by : text));

describe("paper-map", () => {
  it("knows the paper: 9 equations, 11 figures, 15 tables, 12 appendices", () => {
    const count = (pattern: RegExp): number => paperPlaces.filter((place) => pattern.test(place)).length;
    expect([/^Eq\. \d+$/, /^Figure \d+$/, /^Table \d+$/, /^App\. [A-L]$/, /^§ \d$/].map(count)).toEqual([
      9, 11, 15, 12, 6,
    ]);
    expect(new Set(paperPlaces).size).toBe(paperPlaces.length);
  });

  it("finds nothing in a whole map", async () => {
    expect(await found((rows) => rows)).toBe("");
    expect(await found(replaced("Table 3", "| Table 3 | x | – not here yet | |"))).toBe("");
    expect(await found(replaced("Table 3", "| Table 3 | x | [a](a) | `b`; – not at full size |"))).toBe("");
  });

  it.each([
    ["a missing row", (rows: string[]) => rows.slice(1), 'one row for "§ 1", got 0'],
    ["a row that is there twice", (rows: string[]) => [...rows, row("Eq. 4")], 'one row for "Eq. 4", got 2'],
    ["a place that is not in the paper", (rows: string[]) => [...rows, row("Table 16")], "no place of the paper"],
    ["a row without a file", replaced("App. G.1", "| App. G.1 | x | a.ts | |"), "links a file, or says why"],
    ["a row without a subject", replaced("App. K", "| App. K | | [a](a) | |"), "says what is there"],
    ["a bare dash", replaced("Figure 8", "| Figure 8 | x | – | |"), "a dash without its reason"],
    ["a dash with a word", replaced("Figure 8", "| Figure 8 | x | [a](a) | – no |"), "a dash without its reason"],
  ])("finds %s", async (_, change, problem) => {
    expect(await found(change)).toContain(problem);
  });
});
