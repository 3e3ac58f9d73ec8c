// Fetches onnxruntime's CUDA libraries (Linux x64): the install script that `pnpm install` does not run.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname } from "node:path";

const require = createRequire(new URL("../packages/engine-onnx/package.json", import.meta.url));
const folder = dirname(require.resolve("onnxruntime-node/package.json"));
const { status } = spawnSync(process.execPath, ["script/install", "--onnxruntime-node-install=cuda12"], {
  cwd: folder,
  stdio: "inherit",
});
if (status !== 0) console.error("The CUDA libraries could not be fetched. WebGPU needs none: engine.device=webgpu.");
process.exit(status ?? 1);
