import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliDecompressSync } from "node:zlib";
import { root, run } from "./repository.ts";
import type { Steps } from "./steps.ts";

/** Carries SwiftShader, a driver without a GPU, and the Vulkan loader. */
const [source, version] = ["@sparticuz/chromium", "138.0.2"];
const driver = "package/bin/swiftshader.tar.br";

const tests = [
  "packages/engine-onnx/src/webgpu.engine.test.ts",
  "packages/trainer/src/other-engines.engine.test.ts",
  "packages/runs/src/open/other-devices.engine.test.ts",
];

/** The conformance suite of engines, a training, and pictures that are drawn on WebGPU, by a software driver. */
export async function webgpu({ step, skip }: Steps): Promise<void> {
  if (process.platform !== "linux" || process.arch !== "x64")
    return skip(
      "WebGPU without a GPU",
      `${source} has a driver for Linux x64, not ${process.platform} ${process.arch}`,
    );
  const folder = await mkdtemp(join(tmpdir(), "gmem-webgpu-"));
  try {
    const isThere = await step(`a software driver from ${source} ${version}`, async () => {
      const file = run("npm", ["pack", "--silent", `${source}@${version}`], folder).trim();
      run("tar", ["xzf", file, driver], folder);
      await writeFile(join(folder, "driver.tar"), brotliDecompressSync(await readFile(join(folder, driver))));
      return run("tar", ["xvf", "driver.tar"], folder);
    });
    if (!isThere) return;
    await step("the conformance suite of engines, 20 train steps and pictures on WebGPU", () => {
      const env = { VK_DRIVER_FILES: join(folder, "vk_swiftshader_icd.json"), LD_LIBRARY_PATH: folder, NO_COLOR: "1" };
      const told = run("npx", ["vitest", "run", ...tests], root, env);
      const [counts = ""] = /Tests .*/.exec(told) ?? [];
      if (!/\d{3} passed/.test(counts) || !/Test Files +3 passed/.test(told))
        throw new Error(`the suite must run on the device, got ${counts || told}`);
      return counts;
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
