import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { array, broadcast, concat, f32, key, type NDArray, slice, type Tensor, trace } from "@gmem/tensor";
import "@gmem/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { exportOnnxLoops, type LoopsOptions } from "./export-onnx-loops.ts";
import { openOnnx } from "./open/open-onnx.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "gmem-loops-"));
});
afterAll(() => rm(folder, { recursive: true }));

const parameters = { w: key(1).normal([4, 4]) };
const state = { w: f32(4, 4) };
const rates = [0.5, 0.25, 0.125, 0.1];

/** x + h·(W x + c), in which the batch is doubled and halved again, and twice that with noise at the end. */
function loops(n: number): Omit<LoopsOptions, "path"> {
  const before = trace({ feeds: { start: f32(n, 4), shift: f32(n, 4) }, state }, ({ feeds, state: p }) => ({
    fetches: { x: feeds.start, c: feeds.shift.matmul(p.w) },
  }));
  const moved = (x: Tensor, c: Tensor, w: Tensor): Tensor => {
    const both = concat([x, x], 0).matmul(w, { transposeB: true }); // [2N,4]
    return slice(both, 0, [n, 2 * n]).add(c);
  };
  const carried = { x: f32(n, 4), c: f32(n, 4), h: f32() };
  const plain = trace({ feeds: carried, state }, ({ feeds: { x, c, h }, state: { w } }) => ({
    fetches: { x: x.add(moved(x, c, w).mul(broadcast(h, [n]).reshape([n, 1]))) },
  }));
  const noisy = trace(
    { feeds: { ...carried, eps: f32(n, 4) }, state },
    ({ feeds: { x, c, h, eps }, state: { w } }) => ({
      fetches: { x: x.add(moved(x, c, w).mul(h)).add(eps) },
    }),
  );
  const perStep = (from: number, to: number): LoopsOptions["segments"][number]["perStep"] => ({
    h: array(rates.slice(from, to)),
  });
  return {
    before,
    segments: [
      { step: plain, steps: 3, perStep: perStep(0, 3) },
      { step: noisy, steps: 1, perStep: perStep(3, 4) },
    ],
    rows: { eps: "noises" },
    parameters,
  };
}

/** The same by hand. */
function expected(start: NDArray, shift: NDArray, noises: NDArray): Float64Array {
  const n = start.shape[0] as number;
  const w = (i: number, j: number): number => parameters.w.data[4 * i + j] as number;
  const x = Float64Array.from(start.data);
  rates.forEach((h, step) => {
    const old = Float64Array.from(x);
    for (let row = 0; row < n; row++)
      for (let i = 0; i < 4; i++) {
        let v = 0;
        for (let j = 0; j < 4; j++)
          v += w(i, j) * (old[4 * row + j] as number) + (shift.data[4 * row + j] as number) * w(j, i);
        x[4 * row + i] = (old[4 * row + i] as number) + h * v;
        if (step === 3) x[4 * row + i] = (x[4 * row + i] as number) + (noises.data[3 * n * 4 + 4 * row + i] as number);
      }
  });
  return x;
}

test("segments run after one another, for any batch, with parameters that stand in the file once", async () => {
  const path = join(folder, "loops.onnx");
  const dynamicBatch = { name: "batch", feeds: ["start", "shift"] };
  expect(await exportOnnxLoops({ ...loops(13), path, dynamicBatch, externalData: 16 })).toEqual([path, `${path}.data`]);
  const model = await openOnnx(path, { threads: 1 });
  expect(model.inputs.map(({ name, shape }) => [name, ...shape])).toEqual([
    ["start", "batch", 4],
    ["shift", "batch", 4],
    ["noises", 4, "batch", 4],
  ]);
  for (const n of [1, 2, 5]) {
    const [start, shift] = [key(2).normal([n, 4]), key(3).normal([n, 4])];
    const noises = key(4).normal([4, n, 4]);
    const { x } = await model.run({ start, shift, noises });
    expect(x as NDArray).toBeAllclose(array(Array.from(expected(start, shift, noises)), [n, 4]), { atol: 1e-5 });
  }
  await model.close();
});

test("a fixed batch stays fixed", async () => {
  const path = join(folder, "fixed.onnx");
  await exportOnnxLoops({ ...loops(2), path });
  const model = await openOnnx(path, { threads: 1 });
  expect(model.outputs.map(({ name, shape }) => [name, ...shape])).toEqual([["x", 2, 4]]);
  await model.close();
});

test("a feed that nothing gives and state without values are refused by name", async () => {
  const path = join(folder, "no.onnx");
  const { segments, ...rest } = loops(2);
  const bare = segments.map((segment) => ({ ...segment, perStep: {} }));
  await expect(exportOnnxLoops({ ...rest, path, segments: bare })).rejects.toThrow(/must be among x, c.*got "h"/);
  await expect(exportOnnxLoops({ ...rest, path, segments, parameters: {} })).rejects.toThrow(/nothing for "w"/);
});
