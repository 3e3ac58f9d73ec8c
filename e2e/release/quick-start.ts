import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { block, root, run } from "../repository.ts";
import type { Steps } from "../steps.ts";
import type { Consumer } from "./consumer.ts";

/** Node versions of the quick start, from npm's own packages of the binary; the empty one is the Node that runs this. */
const nodes = ["", "22.23.3", "24.21.0"] as const;

/** Compiles the quick start of the README against the installed packages and runs it on every Node. */
export async function quickStart({ step }: Steps, { folder }: Consumer): Promise<void> {
  const compiled = await step("compile the quick start", async () => {
    const code = await block("README.md", { language: "ts", first: "// quick start" });
    await writeFile(join(folder, "quick-start.ts"), code);
    const options = ["--module", "nodenext", "--target", "es2023", "--strict", "--skipLibCheck", "--types", "node"];
    return run("tsc", ["quick-start.ts", ...options, "--typeRoots", join(root, "node_modules", "@types")], folder);
  });
  if (!compiled) return;
  const system = process.platform === "win32" ? "win" : process.platform;
  for (const version of nodes) {
    const [program, ...first] = version
      ? ["npx", "--yes", "-p", `node-${system}-${process.arch}@${version}`, "node"]
      : [process.execPath];
    await step(`quick start on Node ${version || process.versions.node}`, () =>
      run(program as string, [...first, "quick-start.js"], folder),
    );
  }
}
