import { run } from "../repository.ts";
import type { Steps } from "../steps.ts";

/** From npm's own packages of the binary; the empty one is the Node that runs this. */
const versions = ["", "22.23.3", "24.21.0"] as const;

/** Runs a program of a project on every Node, one step each. */
export async function onEveryNode({ step }: Steps, name: string, { file, folder }: { file: string; folder: string }) {
  const system = process.platform === "win32" ? "win" : process.platform;
  for (const version of versions) {
    const [program, ...first] = version
      ? ["npx", "--yes", "-p", `node-${system}-${process.arch}@${version}`, "node"]
      : [process.execPath];
    await step(`${name} on Node ${version || process.versions.node}`, () =>
      run(program as string, [...first, file], folder),
    );
  }
}
