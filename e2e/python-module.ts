import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A Python that has a module, and the module's version. */
export interface PythonModule {
  readonly python: string;
  readonly version: string;
}

/** PyPI's packages as they are known to work. */
const versions = { onnxruntime: "1.30.0", tensorboard: "2.21.0" } as const;

/**
 * A Python with a module: `python3` if it has it, else one of an environment of its own in a temporary folder, which goes with
 * this process; or why there is none.
 */
export function pythonModule(name: keyof typeof versions): PythonModule | { readonly missing: string } {
  const own = imported("python3", name);
  if ("python" in own) return own;
  const folder = mkdtempSync(join(tmpdir(), "gmem-venv-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const python = join(folder, "bin", "python");
  for (const [program, ...args] of [
    ["python3", "-m", "venv", folder],
    [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", `${name}==${versions[name]}`],
  ] as const) {
    const { status, error, stderr } = spawnSync(program, args, { encoding: "utf8" });
    if (status !== 0)
      return { missing: `${own.missing}, and ${args[1]} failed (${error?.message ?? lastLine(stderr)})` };
  }
  return imported(python, name);
}

function imported(python: string, name: string): PythonModule | { readonly missing: string } {
  const program = `import ${name}; print(${name}.__version__)`;
  const { status, error, stderr, stdout } = spawnSync(python, ["-c", program], { encoding: "utf8" });
  if (status === 0) return { python, version: stdout.trim() };
  return { missing: `${python} cannot import ${name} (${error?.message ?? lastLine(stderr)})` };
}

const lastLine = (text: string): string | undefined => text.trim().split("\n").at(-1);
