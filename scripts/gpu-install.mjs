// Fetches onnxruntime's CUDA libraries (Linux x64): by the install script that `pnpm install` does not run or, where its host
// cannot be reached, out of the Python wheel of the same version.
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { unpackWheel } from "./wheel.mjs";

const require = createRequire(new URL("../packages/engine-onnx/package.json", import.meta.url));
const folder = dirname(require.resolve("onnxruntime-node/package.json"));
const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));

// a wish to skip these files at each install, in the environment or in npm's settings, goes before the script's own argument
const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: "true" };
const cuda = "libonnxruntime_providers_cuda.so";
const libraries = join(folder, "bin", "napi-v6", "linux", "x64");
const run = (program, args, cwd) => spawnSync(program, args, { cwd, env, stdio: "inherit" }).status === 0;

function fromInstaller() {
  // "cuda12" instead of "true" is taken for no wish at all
  return run(process.execPath, ["script/install"], folder) && existsSync(join(libraries, cuda));
}

/** The two libraries that a wheel has and the npm package lacks. */
function fromWheel() {
  const place = mkdtempSync(join(tmpdir(), "gmem-cuda-"));
  try {
    if (!unpackWheel(`onnxruntime-gpu==${version}`, { platform: "manylinux_2_28_x86_64", folder: place })) return false;
    for (const library of ["libonnxruntime_providers_shared.so", cuda])
      copyFileSync(join(place, "onnxruntime", "capi", library), join(libraries, library));
    console.error(
      `CUDA libraries of onnxruntime-gpu ${version} are in ${folder}. They want the CUDA that this wheel was built for and cuDNN 9; together with the npm package they have not been proven on a card: try \`npm run gmem-train -- doctor\`.`,
    );
    return true;
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

if (process.platform !== "linux" || process.arch !== "x64") {
  console.error(`gpu:install: there are CUDA libraries for Linux x64, not for ${process.platform} ${process.arch}.`);
  process.exitCode = 1;
} else if (!fromInstaller() && !fromWheel()) {
  console.error("The CUDA libraries could not be fetched. WebGPU needs none: engine.device=webgpu.");
  process.exitCode = 1;
}
