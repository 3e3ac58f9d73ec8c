import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import getReleasePlan from "@changesets/get-release-plan";
import { breakingChanges } from "../api/compare.ts";
import { releasedReport } from "../api/released.ts";
import { reportPath, reports } from "../api/report.ts";
import { breakingStep, breaks } from "../release/breaking.ts";
import type { Check } from "./check.ts";
import { type Package, packagesIn, readText } from "./workspace.ts";

const published = async (root: string): Promise<readonly Package[]> =>
  (await packagesIn(root, "packages")).filter(({ manifest }) => !manifest.private);

/**
 * The API report of each package is what is built, and an export that is removed or changed since the last release has
 * a changeset that says so.
 */
export const api: Check = {
  name: "api",
  async run(root) {
    const problems: string[] = [];
    const { releases } = await getReleasePlan(root);
    const breaking = new Set(releases.filter(breaks).map(({ name }) => name));
    for (const [entry, report] of await reports(root, await published(root))) {
      const path = reportPath(entry);
      const { name, version } = entry.manifest;
      if ((await readText(join(root, path))) !== report)
        problems.push(`${path}: must be what is built; run pnpm check api --fix and read the difference`);
      const released = await releasedReport(root, entry);
      if (released === undefined || breaking.has(name)) continue;
      for (const change of breakingChanges(released, report))
        problems.push(`${path}: ${change} since ${version}; give ${name} a changeset of "${breakingStep(version)}"`);
    }
    return problems;
  },
  async fix(root) {
    for (const [entry, report] of await reports(root, await published(root))) {
      const path = join(root, reportPath(entry));
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, report);
    }
  },
};
