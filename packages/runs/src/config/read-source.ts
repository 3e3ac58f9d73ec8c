import { existsSync, readFileSync, statSync } from "node:fs";
import { extname, resolve } from "node:path";
import { didYouMean, GMemError } from "@gmem/tensor";
import { LineCounter, parseDocument } from "yaml";
import { importFile } from "./import-file.ts";
import { isTree, type Tree } from "./tree.ts";

/**
 * What a `.yaml`, `.json` or `.ts` file says.
 * @param presets names that are suggested if there is no such file.
 * @throws {GMemError} code `CONFIG` with line and column of every mistake.
 */
export async function readSource(source: string, presets: readonly string[]): Promise<Tree> {
  const file = resolve(source);
  if (!existsSync(file))
    throw new GMemError(
      "CONFIG",
      `run: "${source}" is neither a preset, a file nor a run folder.${didYouMean(source, presets) || ` Presets: ${presets.join(", ")}.`}`,
    );
  if (statSync(file).isDirectory())
    throw new GMemError(
      "CONFIG",
      `run: must be a preset, a file, or a run folder with config.json, got ${source}; where a run was stopped before its first step, give the command that began it once more, with --resume`,
    );
  if ([".ts", ".js", ".mjs"].includes(extname(file))) return asTree(await importFile(file), source);
  const lines = new LineCounter();
  const document = parseDocument(readFileSync(file, "utf8"), { lineCounter: lines });
  const faults = document.errors.map(({ pos, message }) => {
    const { line, col } = lines.linePos(pos[0]);
    return `${source}:${line}:${col}: ${message.split("\n")[0]?.replace(/ at line \d+, column \d+:?$/, "")}`;
  });
  if (faults.length > 0) throw new GMemError("CONFIG", faults.join("\n"));
  return asTree(document.toJS(), source);
}

function asTree(value: unknown, source: string): Tree {
  if (!isTree(value))
    throw new GMemError("CONFIG", `${source}: a configuration must be a record of keys, got ${typeof value}`);
  const { $schema: _, ...own } = value; // editors read it
  return own;
}
