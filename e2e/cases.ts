#!/usr/bin/env node
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Case } from "./cases/case.ts";
import { checkpointsAndFolders } from "./cases/checkpoints-and-folders.ts";
import { firstUse } from "./cases/first-use.ts";
import { workplace } from "./cases/given.ts";
import { releases2026 } from "./cases/releases-2026.ts";
import { rowsOf } from "./cases/tables.ts";

const folders: Readonly<Record<string, readonly Case[]>> = {
  "first-use": firstUse,
  "checkpoints-and-folders": checkpointsAndFolders,
  "releases-2026": releases2026,
};

/** `cases DIR [word]`: every row of the tables in DIR/FOLDER/README.md, or those of a folder or whose name has the word. */
async function main(dir: string, word = ""): Promise<number> {
  const scratch = await mkdtemp(join(tmpdir(), "gmem-cases-"));
  const given = workplace(scratch);
  let [passed, failed] = [0, 0];
  const line = async (folder: string, name: string, check: () => Promise<string>): Promise<void> => {
    if (folder !== word && !name.includes(word)) return;
    try {
      console.log(`ok   ${name}: ${await check()}`);
      passed++;
    } catch (error) {
      console.log(`FAIL ${name}: ${(error as Error).message.trim().replaceAll("\n", "\n     ")}`);
      failed++;
    }
  };
  try {
    for (const [folder, cases] of Object.entries(folders)) {
      const rows = rowsOf(await readFile(join(dir, folder, "README.md"), "utf8"));
      for (const row of rows)
        if (!cases.some((one) => row.startsWith(one.row)))
          await line(folder, `${folder}: ${row}`, () => Promise.reject(new Error("no check for this row")));
      for (const { row, input, check } of cases) {
        const of = /^\d\d-[\w-]+$/.test(row) ? join(dir, folder, row) : join(dir, folder);
        await line(folder, `${row}${input ? ` ${input}` : ""}`, async () => check(await given(of)));
      }
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  console.log(`${passed} passed, ${failed} failed`);
  return failed > 0 || passed === 0 ? 1 : 0;
}

const [dir, word] = process.argv.slice(2);
if (dir === undefined) {
  console.error("cases: a folder of cases is needed, got nothing; as in `pnpm cases ../shared/cases`");
  process.exitCode = 2;
} else process.exitCode = await main(resolve(dir), word);
