import { spawnSync } from "node:child_process";

/** The version of a module of `python3`, or why there is none. */
export function pythonModule(name: string): { readonly version: string } | { readonly missing: string } {
  const program = `import ${name}; print(${name}.__version__)`;
  const { status, error, stderr, stdout } = spawnSync("python3", ["-c", program], { encoding: "utf8" });
  if (status === 0) return { version: stdout.trim() };
  return { missing: `python3 cannot import ${name} (${error?.message ?? stderr.trim().split("\n").at(-1)})` };
}
