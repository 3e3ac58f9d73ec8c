import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

const env: NodeJS.ProcessEnv = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^((npm|pnpm)_|NODE_PATH$)/i.test(name))),
  PATH: `${join(root, "node_modules", ".bin")}${delimiter}${process.env.PATH ?? ""}`,
  ONNXRUNTIME_NODE_INSTALL: "skip", // the CPU library is in the package; only CUDA's would be downloaded
};

/** Runs a program and returns what it printed. */
export function run(program: string, args: readonly string[], cwd: string, more: NodeJS.ProcessEnv = {}): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd,
    env: { ...env, ...more },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (status === 0) return stdout;
  throw new Error(`${program} ${args.join(" ")} ended with ${status ?? error?.message}\n${stdout}${stderr}`.trimEnd());
}

/** The block of a guide in this language that begins with a line. */
export async function block(file: string, { language, first }: { readonly language: string; readonly first: string }) {
  const text = await readFile(join(root, file), "utf8");
  const blocks = [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm"))];
  const found = blocks.map((match) => match[1] as string).find((code) => code.startsWith(first));
  if (found === undefined) throw new Error(`${file}: needs a ${language} block that begins with "${first}", got none`);
  return found;
}
