import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Check } from "./check.ts";
import { packagesIn, readText } from "./workspace.ts";

/** What `exports` in package.json has to be for the entries of a tsup.config.ts; entries that are no index are internal. */
export function expectedExports(tsupConfig: string): Readonly<Record<string, unknown>> {
  const sources = [...tsupConfig.matchAll(/"(src\/[^"]+)"/g)].map((match) => match[1] as string);
  const indexes = sources.filter((source) => /(^|\/)index\.ts$/.test(source)).sort();
  const exported = indexes.map((source): [string, unknown] => {
    const inner = source.replace(/^src\//, "").replace(/\/?index\.ts$/, "");
    const stem = source.replace(/^src/, "./dist").replace(/\.ts$/, "");
    const target = { "@gmem/source": `./${source}`, types: `${stem}.d.ts`, default: `${stem}.js` };
    return [inner === "" ? "." : `./${inner}`, target];
  });
  return Object.fromEntries([...exported, ["./package.json", "./package.json"]]);
}

const sortedJson = (value: Readonly<Record<string, unknown>>): string =>
  JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));

/** `exports` in package.json is derived from the entries of tsup.config.ts. */
export const exportsMap: Check = {
  name: "exports",
  async run(root) {
    const problems: string[] = [];
    for (const { folder, manifest } of await packagesIn(root, "packages")) {
      const config = await readText(join(root, folder, "tsup.config.ts"));
      if (config === undefined) problems.push(`${folder}: has a tsup.config.ts`);
      else if (sortedJson(manifest.exports ?? {}) !== sortedJson(expectedExports(config)))
        problems.push(
          `${folder}/package.json: "exports" must equal the entries of tsup.config.ts; run pnpm check --fix`,
        );
    }
    return problems;
  },
  async fix(root) {
    for (const { folder, manifest } of await packagesIn(root, "packages")) {
      const config = await readText(join(root, folder, "tsup.config.ts"));
      if (config === undefined) continue;
      const expected = expectedExports(config);
      if (sortedJson(manifest.exports ?? {}) !== sortedJson(expected))
        await writeFile(
          join(root, folder, "package.json"),
          `${JSON.stringify({ ...manifest, exports: expected }, null, 2)}\n`,
        );
    }
  },
};
