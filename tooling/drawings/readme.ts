import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { readRunConfig, runFiles } from "@gmem/runs";
import type { ConceptVerdict, DrawingsVerdict, Share } from "@gmem/runs/demo";
import { writeFileAtomic } from "@gmem/weights";
import type { Plan } from "./plan.ts";

/** The most that a model may weigh. */
const limit = 12e6;

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(2)} MB`;

/**
 * Writes what was made into the README of the package, between its marks. @returns it.
 * @throws {Error} for a model of more than 12 MB.
 */
export async function writeReadme(home: string, { train, grid }: Plan, verdict: DrawingsVerdict): Promise<string> {
  const folder = join(home, "model");
  const files = await filesIn(folder);
  const total = files.reduce((sum, [, size]) => sum + size, 0);
  if (total > limit) throw new Error(`model: at most ${megabytes(limit)}, got ${megabytes(total)}`);
  const { config } = readRunConfig(runFiles(folder));
  const { size } = config.image;
  const text = [
    `Pictures of ${size}×${size} pixels. Trained by:`,
    "",
    "```sh",
    ...train.map(({ command }) => `gmem-train ${command.join(" ")}`),
    "```",
    "",
    `![${grid.count} pictures of each text](images/grid.png)`,
    "",
    `Rows: ${grid.texts.join(" · ")}; seed ${grid.seed}.`,
    "",
    "How often a picture is what its caption says: the concept of the nearest real picture, among all of them, in the space of a",
    "small encoder that the model was not trained with. 95 % intervals.",
    "",
    "| captions | drawn | concept is first | among the first five | group is right |",
    "| --- | --- | --- | --- | --- |",
    row("trained", verdict.trained),
    row("held-out style of a concept", verdict.heldOutPairs),
    row("unseen concept", verdict.heldOutConcepts),
    row("shuffled", verdict.shuffled),
    "",
    "| file | size |",
    "| --- | --- |",
    ...files.map(([name, bytes]) => `| ${name} | ${megabytes(bytes)} |`),
    `| together | ${megabytes(total)} |`,
  ].join("\n");
  const path = join(home, "README.md");
  const [begin, end] = ["<!-- made -->", "<!-- /made -->"];
  const before = await readFile(path, "utf8");
  const [head, tail] = [before.split(begin)[0], before.split(end)[1]];
  if (tail === undefined) throw new Error(`${path}: needs ${begin} and ${end}`);
  await writeFileAtomic(path, `${head}${begin}\n\n${text}\n\n${end}${tail}`);
  return text;
}

const row = (kind: string, { nearest, amongFive, group }: ConceptVerdict): string =>
  `| ${[kind, nearest.count, ...[nearest, amongFive, group].map(share)].join(" | ")} |`;

const share = ({ share: value, interval: [low, high] }: Share): string =>
  `${value.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)})`;

async function filesIn(folder: string): Promise<readonly (readonly [name: string, bytes: number])[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const sized = files.map(async (path) => [path.slice(folder.length + 1), (await stat(path)).size] as const);
  return (await Promise.all(sized)).sort(([a], [b]) => (a < b ? -1 : 1));
}
