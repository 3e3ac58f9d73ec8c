// node scripts/tfjs-node.mjs FOLDER: @tensorflow/tfjs-node with a native part that is compiled against the TensorFlow of a Python
// wheel, for machines that its own install script finds nothing for (Linux x64; needs npm, pip, make and a C++17 compiler). Then the
// conformance suite of engines and a training run on it.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { unpackWheel } from "./wheel.mjs";

const tests = [
  "packages/engine-tfjs/src/tfjs-node.engine.test.ts",
  "packages/trainer/src/other-engines.engine.test.ts",
];
const versions = { tfjs: "4.22.0", tensorflow: "2.15.1", gyp: "11" };

function run(program, args, options) {
  const { status } = spawnSync(program, args, { stdio: "inherit", ...options });
  if (status !== 0) throw new Error(`tfjs-node: ${program} ${args.slice(0, 3).join(" ")} ended with ${status}`);
}

/** Headers and libraries where the package's own script would have put them. */
function takeTensorFlow(cwd, deps) {
  const folder = join(cwd, "wheel");
  mkdirSync(folder);
  const requirement = `tensorflow-cpu==${versions.tensorflow}`;
  if (!unpackWheel(requirement, { platform: "manylinux_2_17_x86_64", folder }))
    throw new Error(`tfjs-node: pip could not fetch ${requirement}`);
  const from = join(folder, "tensorflow");
  cpSync(join(from, "include"), join(deps, "include"), { recursive: true });
  mkdirSync(join(deps, "lib"), { recursive: true });
  for (const name of ["tensorflow", "tensorflow_framework"]) {
    const library = `lib${name === "tensorflow" ? "tensorflow_cc" : name}.so.2`;
    cpSync(join(from, library), join(deps, "lib", library));
    symlinkSync(library, join(deps, "lib", `lib${name}.so`));
  }
}

function build(folder) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true }));
  const cwd = folder;
  run("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", `@tensorflow/tfjs-node@${versions.tfjs}`], {
    cwd,
  });
  const at = join(folder, "node_modules", "@tensorflow", "tfjs-node");
  takeTensorFlow(folder, join(at, "deps"));
  const own = dirname(dirname(process.execPath));
  const headers = existsSync(join(own, "include", "node", "node.h")) ? [`--nodedir=${own}`] : [];
  const names = ["--module_name=tfjs_binding", `--module_path=${join(at, "lib", "napi-v8")}`, "--napi_build_version=8"];
  run("npx", ["-y", `node-gyp@${versions.gyp}`, "rebuild", ...headers, ...names], { cwd: at });
}

const [given] = process.argv.slice(2);
if (given === undefined || existsSync(given)) {
  console.error("tfjs-node: takes a folder that does not exist yet: node scripts/tfjs-node.mjs FOLDER");
  process.exitCode = 2;
} else {
  build(resolve(given));
  const env = { ...process.env, GMEM_TFJS_NODE: resolve(given), TF_CPP_MIN_LOG_LEVEL: "3" };
  run("npx", ["vitest", "run", ...tests], { env });
}
