import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import type { Check } from "./check.ts";
import { execute } from "./command.ts";

/** What would be published, packed once: publint finds nothing, warnings included, nor does are-the-types-wrong for ES modules. */
export const packages: Check = {
  name: "packages",
  async run(root) {
    const folder = await mkdtemp(join(tmpdir(), "packed-"));
    try {
      const filters = ["--filter=./packages/*", "--filter=./apps/*"];
      const { code, output } = await execute(
        "pnpm",
        ["--recursive", ...filters, "pack", "--pack-destination", folder],
        {
          cwd: root,
        },
      );
      if (code !== 0) return [`pnpm pack exited with ${code}\n${output}`];
      const problems: string[] = [];
      for (const file of (await readdir(folder)).sort())
        for (const problem of await problemsIn(await readFile(join(folder, file))))
          problems.push(`${file}: ${problem}`);
      return problems;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

/** Of a tarball. */
export async function problemsIn(tarball: Uint8Array): Promise<readonly string[]> {
  const bytes = Uint8Array.from(tarball);
  const { messages, pkg } = await publint({ strict: true, pack: { tarball: bytes.buffer } });
  const types = await checkPackage(createPackageFromTarballData(bytes));
  return [
    ...messages.map((message) => formatMessage(message, pkg, { color: false }) ?? message.code),
    ...(types.types ? types.problems : [])
      .filter((problem) => !("resolutionKind" in problem && /^node10$|-cjs$/.test(problem.resolutionKind)))
      .map((problem) => `are the types wrong? ${JSON.stringify(problem)}`),
  ];
}
