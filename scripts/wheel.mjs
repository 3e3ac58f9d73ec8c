// Downloads a Python wheel for Linux x64 with pip and unpacks it.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";

/** Unpacks what `requirement` names into an existing empty folder; false where pip or the unpacking fails, which they have said. */
export function unpackWheel(requirement, { platform, folder }) {
  const python = (...args) => spawnSync("python3", ["-m", ...args], { cwd: folder, stdio: "inherit" }).status === 0;
  const any = ["--no-deps", "--only-binary=:all:", "--python-version=3.11", `--platform=${platform}`];
  if (!python("pip", "download", ...any, "--dest=.", requirement)) return false;
  const wheel = readdirSync(folder).find((name) => name.endsWith(".whl"));
  return python("zipfile", "-e", wheel, ".");
}
