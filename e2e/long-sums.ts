import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { exportOnnx } from "@gmem/engine-onnx";
import { array, f32, full, layerNorm, mean, trace } from "@gmem/tensor";
import { InferenceSession, Tensor } from "onnxruntime-web";
import type { Steps } from "./steps.ts";

const count = 1024 * 1024 * 4; // a group of a 1024² decoder

/** What a browser's onnxruntime makes of sums over millions in a file: alone, it adds one number after the other. */
export async function longSums({ step }: Steps, folder: string): Promise<void> {
  await step("mean and norm over 4 million numbers in onnxruntime-web", async () => {
    const path = join(folder, "long.onnx");
    const feeds = { x: f32(1, count), tenths: f32(count) };
    const graph = trace({ feeds }, ({ feeds: { x, tenths } }) => ({
      fetches: { y: layerNorm(x, 0), average: mean(tenths) },
    }));
    await exportOnnx(graph, { path });
    const session = await InferenceSession.create(await readFile(path));
    const x = array(
      Float32Array.from({ length: count }, (_, i) => (i % 2 === 0 ? 3.1 : 5.1)), // mean 4.1, variance 1: y is −1, 1, …
      [1, count],
    );
    const results = await session.run({
      x: new Tensor("float32", x.data, [...x.shape]),
      tenths: new Tensor("float32", full([count], 0.1).data, [count]),
    });
    await session.release();
    const numbers = (name: string): Float32Array => results[name]?.data as Float32Array;
    const norm = numbers("y").reduce((worst, value, i) => Math.max(worst, Math.abs(value - (i % 2 === 0 ? -1 : 1))), 0);
    const off = Math.abs((numbers("average")[0] as number) / Math.fround(0.1) - 1);
    const told = `mean off by ${off.toExponential(1)}, norm by ${norm.toExponential(1)}`;
    if (!(off < 3e-5 && norm < 3e-5)) throw new Error(`sums in a file: must be within 3e-5, got ${told}`);
    return told;
  });
}
