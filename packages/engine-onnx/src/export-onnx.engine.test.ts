import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  array,
  broadcast,
  concat,
  f32,
  full,
  gelu,
  layerNorm,
  mean,
  type NDArray,
  scalar,
  slice,
  softmax,
  split,
  sum,
  sumSquare,
  type Tensor,
  trace,
} from "@gmem/tensor";
import ort from "onnxruntime-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import "@gmem/testing";
import { exportOnnx } from "./export-onnx.ts";
import { openOnnx } from "./open/open-onnx.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "gmem-export-"));
});
afterAll(() => rm(folder, { recursive: true }));

const ramp = (...shape: number[]): NDArray<"f32"> => {
  const size = shape.reduce((product, n) => product * n, 1);
  return array(
    Float32Array.from({ length: size }, (_, i) => Math.sin(i * 0.7)),
    shape,
  );
};

/** A small attention block over [B,3,4], with classifier-free guidance's doubling of the batch. */
function network(x: Tensor, t: Tensor, w: Tensor): Tensor {
  const [n] = x.shape as [number];
  const twice = concat([x, x], 0); // [2B,3,4]
  const [q, k, v] = split(twice.matmul(w, { transposeB: true }), 3, 2) as [Tensor, Tensor, Tensor]; // [2B,3,4]
  const heads = (y: Tensor): Tensor => y.reshape([2 * n, 3, 2, 2]).transpose([0, 2, 1, 3]); // [2B,2,3,2]
  const weights = softmax(heads(q).matmul(heads(k), { transposeB: true, alpha: 0.5 }));
  const mixed = weights
    .matmul(heads(v))
    .transpose([0, 2, 1, 3])
    .reshape([2 * n, 3, 4]);
  const y = gelu(layerNorm(mixed, 1e-6));
  const guided = slice(y, 0, [0, n])
    .mul(1.5)
    .sub(slice(y, 0, [n, 2 * n]).mul(0.5)); // [B,3,4]
  return guided.mul(t.reshape([n, 1, 1])).add(broadcast(scalar(0.25).reshape([1, 1]), [n, 1]).reshape([n, 1, 1]));
}

const traced = (n: number) =>
  trace({ feeds: { x: f32(n, 3, 4), t: f32(n) }, state: { w: f32(12, 4) } }, ({ feeds, state }) => {
    const y = network(feeds.x, feeds.t, state.w);
    return { fetches: { y, total: sum(y, { axes: [1, 2] }) } };
  });

async function runFile(path: string, n: number): Promise<readonly number[]> {
  const session = await ort.InferenceSession.create(path);
  const tensor = (...shape: number[]): ort.Tensor => new ort.Tensor("float32", ramp(...shape).data, shape);
  const { y, total } = await session.run({ x: tensor(n, 3, 4), t: tensor(n) });
  await session.release();
  expect([y?.dims, total?.dims]).toEqual([[n, 3, 4], [n]]);
  return Array.from(y?.data as Float32Array);
}

test("a file with a dynamic batch gives for any batch what a file of that batch gives", async () => {
  const parameters = { w: ramp(12, 4) };
  const path = join(folder, "any.onnx");
  expect(
    await exportOnnx(traced(13), { path, parameters, dynamicBatch: { name: "batch", feeds: ["x", "t"] } }),
  ).toEqual([path]);
  for (const n of [1, 3, 5]) {
    const fixed = join(folder, `fixed-${n}.onnx`);
    await exportOnnx(traced(n), { path: fixed, parameters });
    const wanted = await runFile(fixed, n);
    const got = await runFile(path, n);
    got.forEach((value, i) => {
      expect(value).toBeCloseTo(wanted[i] as number, 6);
    });
  }
});

test("large parameters go to a second file, at pages", async () => {
  const path = join(folder, "split.onnx");
  const files = await exportOnnx(traced(2), { path, parameters: { w: ramp(12, 4) }, externalData: 100 });
  expect(files).toEqual([path, `${path}.data`]);
  expect((await stat(`${path}.data`)).size).toBe(12 * 4 * 4);
  await exportOnnx(traced(2), { path: join(folder, "whole.onnx"), parameters: { w: ramp(12, 4) } });
  expect(await runFile(path, 2)).toEqual(await runFile(join(folder, "whole.onnx"), 2));
});

test("a batch size that could be another length is refused, with advice", async () => {
  const export_ = (n: number): Promise<unknown> =>
    exportOnnx(traced(n), { path: join(folder, "no.onnx"), dynamicBatch: { name: "batch", feeds: ["x", "t"] } });
  await expect(export_(3)).rejects.toThrow(/feed "x" has a length that could be the batch/);
  await expect(export_(8)).rejects.toThrow(/prime batch size/);
  expect((await readdir(folder)).filter((name) => name.startsWith("no."))).toEqual([]);
});

test("what fixes the batch is refused by name", async () => {
  const graph = trace({ feeds: { x: f32(13, 4) } }, ({ feeds: { x } }) => ({ fetches: { y: slice(x, 0, [0, 5]) } }));
  const exporting = exportOnnx(graph, { path: join(folder, "no.onnx"), dynamicBatch: { name: "b", feeds: ["x"] } });
  await expect(exporting).rejects.toMatchObject({ code: "GRAPH", message: expect.stringContaining("slice") });
});

test("names that collide and parameters that do not fit are refused", async () => {
  const graph = trace({ feeds: { x: f32(2) } }, ({ feeds: { x } }) => ({ fetches: { x: x.add(1) } }));
  await expect(exportOnnx(graph, { path: join(folder, "no.onnx") })).rejects.toThrow(/"x" twice/);
  const parameters = { w: ramp(4, 12) };
  await expect(exportOnnx(traced(2), { path: join(folder, "no.onnx"), parameters })).rejects.toMatchObject({
    code: "SHAPE",
  });
});

test("sums of millions keep their precision in a file, along a free batch too", async () => {
  const width = 1 << 18;
  const graph = trace({ feeds: { x: f32(13, width) } }, ({ feeds: { x } }) => ({
    fetches: { each: mean(x, { axes: [1] }), squares: sumSquare(x, { axes: [1], keepDims: true }), all: mean(x) },
  }));
  const path = join(folder, "long.onnx");
  await exportOnnx(graph, { path, dynamicBatch: { name: "batch", feeds: ["x"] } });
  const model = await openOnnx(path);
  for (const batch of [1, 6]) {
    const { each, squares, all } = await model.run({ x: full([batch, width], 0.1) });
    const tenth = Math.fround(0.1);
    expect(all).toBeAllclose(tenth, { atol: 0, rtol: 3e-5 });
    expect(each).toBeAllclose(full([batch], tenth), { atol: 0, rtol: 3e-5 });
    expect(squares).toBeAllclose(full([batch, 1], tenth ** 2 * width), { atol: 0, rtol: 3e-5 });
  }
  await model.close();
});
