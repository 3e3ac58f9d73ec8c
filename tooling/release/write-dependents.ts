import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import getReleasePlan from "@changesets/get-release-plan";
import { packagesIn } from "../checks/workspace.ts";
import { brokenDependents } from "./breaking.ts";

/**
 * Writes the changeset of the packages that depend on one with a breaking release, so that theirs is one as well.
 * @returns their names.
 */
export async function writeDependents(root: string): Promise<readonly string[]> {
  const { releases } = await getReleasePlan(root);
  const packages = [...(await packagesIn(root, "packages")), ...(await packagesIn(root, "apps"))];
  const found = brokenDependents(releases, packages);
  if (found.size === 0) return [];
  const lines = [...found].map(([name, step]) => `"${name}": ${step}\n`);
  const text =
    "Moves to breaking versions of packages that it depends on: upgrade all packages of GMem in one command.";
  await writeFile(join(root, ".changeset", "dependents.md"), `---\n${lines.join("")}---\n\n${text}\n`);
  return [...found.keys()];
}
