import { GMemError } from "@gmem/tensor";
import type { Device } from "./profile.ts";

const remedies: { readonly [D in Device]: string } = {
  cpu: "onnxruntime-node has binaries for Linux and Windows (x64, arm64) and macOS (arm64); reinstall it with optional files",
  webgpu:
    "WebGPU needs a GPU driver: Vulkan (libvulkan.so.1 and a driver such as mesa 25) on Linux, Direct3D 12 on Windows, Metal on macOS",
  cuda:
    "CUDA needs Linux or Windows x64, an NVIDIA driver, CUDA 12 with cuDNN 9, and onnxruntime's CUDA files: " +
    "run `node node_modules/onnxruntime-node/script/install` once",
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
