import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { GMemError } from "@gmem/tensor";
import type { Device } from "./profile.ts";

/** The script that fetches CUDA's files, where onnxruntime-node lies: in a workspace that is not where a project has it. */
function cudaScript(): string {
  try {
    const { resolve } = createRequire(import.meta.url);
    return join(dirname(resolve("onnxruntime-node/package.json")), "script", "install.js");
  } catch {
    return "node_modules/onnxruntime-node/script/install.js"; // of a program that was bundled
  }
}

const remedies: { readonly [D in Device]: string } = {
  cpu: "onnxruntime-node has binaries for Linux and Windows (x64, arm64) and macOS (arm64); reinstall it with optional files",
  webgpu:
    "WebGPU needs a GPU driver: Vulkan (libvulkan.so.1 and a driver such as mesa 25) on Linux, Direct3D 12 on Windows, Metal on macOS",
  cuda:
    "CUDA needs Linux or Windows x64, an NVIDIA driver, CUDA 12 with cuDNN 9, and onnxruntime's CUDA files: " +
    `run \`npm run gpu:install\` in a clone of GMem, elsewhere \`node ${cudaScript()} --onnxruntime-node-install\`, once`,
};

/** The error for a device that cannot be opened: what is missing, and what to do. */
export function unavailable(device: Device, cause: Error): GMemError {
  const reason = cause.message.replace(/^onnx-\w+: /, "").split("\n")[0];
  return new GMemError(
    "BACKEND_UNAVAILABLE",
    `onnxEngine: device "${device}" cannot be used (${reason}); ${remedies[device]}`,
    { cause },
  );
}
