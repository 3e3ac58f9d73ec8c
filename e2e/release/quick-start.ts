import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { block, root, run } from "../repository.ts";
import type { Steps } from "../steps.ts";
import type { Consumer } from "./consumer.ts";
import { onEveryNode } from "./node-versions.ts";

/** Compiles the quick start of the README against the installed packages and runs it on every Node. */
export async function quickStart(steps: Steps, { folder }: Consumer): Promise<void> {
  const compiled = await steps.step("compile the quick start", async () => {
    const code = await block("README.md", { language: "ts", first: "// quick start" });
    await writeFile(join(folder, "quick-start.ts"), code);
    const options = ["--module", "nodenext", "--target", "es2023", "--strict", "--skipLibCheck", "--types", "node"];
    return run("tsc", ["quick-start.ts", ...options, "--typeRoots", join(root, "node_modules", "@types")], folder);
  });
  if (compiled) await onEveryNode(steps, "quick start", { file: "quick-start.js", folder });
}
