import { spawnSync } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { type Bench, median, within } from "../row.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** From here every package of the workspace can be imported. */
const here = fileURLToPath(new URL("../../tooling", import.meta.url));

/** Milliseconds that a fresh process needs to import a module. */
function importTime(specifier: string): number {
  const code = `const s = performance.now(); await import(${JSON.stringify(specifier)}); console.log(performance.now() - s); process.exit(0);`;
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", code], { cwd: here, encoding: "utf8" });
  return Number(stdout.trim() || Number.NaN);
}

/** `--help` of the app, and the slowest import of a package. */
export const startUp: Bench = {
  name: "start-up",
  async run({ repeats = 7 }) {
    const help = Array.from({ length: repeats }, () => {
      const start = performance.now();
      spawnSync(process.execPath, [`${root}/apps/train/dist/cli.js`, "--help"]);
      return performance.now() - start;
    });
    const names: string[] = [];
    for (const folder of await readdir(`${root}/packages`)) {
      const { name, exports } = JSON.parse(await readFile(`${root}/packages/${folder}/package.json`, "utf8")) as {
        name: string;
        exports: Record<string, unknown>;
      };
      if (name === "@gmem/testing") continue; // it needs vitest
      names.push(...Object.keys(exports).flatMap((path) => (path.endsWith(".json") ? [] : [name + path.slice(1)])));
    }
    const imports = names.map((name) => ({ name, times: Array.from({ length: 3 }, () => importTime(name)) }));
    const [worst] = imports.sort((a, b) => median(b.times) - median(a.times));
    return [
      within(help, { name: "start-help", limit: 300 }),
      within(worst?.times ?? [Number.NaN], {
        name: "start-import",
        limit: 100,
        note: `slowest of ${names.length}: ${worst?.name}`,
      }),
    ];
  },
};
