import { execute } from "../checks/command.ts";
import type { Package } from "../checks/workspace.ts";
import { reportPath } from "./report.ts";

/**
 * The report of a package as it was released: of the commit that gave it the version it has.
 * @returns undefined if the package has never been released, or is at this moment given its version.
 * @throws {Error} if the history does not go back that far.
 */
export async function releasedReport(root: string, of: Package): Promise<string | undefined> {
  const { version } = of.manifest;
  if (version === "0.0.0") return undefined;
  const git = async (...args: readonly string[]): Promise<string | undefined> => {
    const { code, output } = await execute("git", args, { cwd: root });
    return code === 0 ? output.trim() : undefined;
  };
  if ((await git("rev-parse", "--is-shallow-repository")) !== "false")
    throw new Error("api: compares with what was released, got no full history; run git fetch --unshallow");
  const manifest = `${of.folder}/package.json`;
  const commit = await git("log", "-1", "--format=%H", `-S"version": "${version}"`, "--", manifest);
  return commit ? git("show", `${commit}:${reportPath(of)}`) : undefined;
}
