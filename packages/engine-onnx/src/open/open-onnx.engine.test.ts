import { copyFile, mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { array, f32, key, type NDArray, relu, trace } from "@gmem/tensor";
import "@gmem/testing";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exportOnnx } from "../export-onnx.ts";
import { graphProto, nodeProto } from "../onnx-messages.ts";
import { Message } from "../wire-format.ts";
import { externalFiles } from "./external-files.ts";
import { type OnnxModel, openOnnx } from "./open-onnx.ts";

let folder = "";
const at = (name: string): string => join(folder, name);
const parameters = { w: key(0).normal([32, 8]), b: key(1).normal([8]) };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "gmem-open-"));
  const graph = trace({ feeds: { x: f32(13, 32), s: f32(13, 1) }, state: parameters }, ({ feeds, state }) => {
    const y = relu(feeds.x.matmul(state.w).add(state.b)).mul(feeds.s); // [B,8]
    return { fetches: { y, double: y.mul(2) } };
  });
  const dynamicBatch = { name: "batch", feeds: ["x", "s"] };
  await exportOnnx(graph, { path: at("net.onnx"), parameters, dynamicBatch });
  await exportOnnx(graph, { path: at("split.onnx"), parameters, dynamicBatch, externalData: 100 });
});
afterAll(() => rm(folder, { recursive: true }));

/** y = max(0, x W + b) s, in double precision. */
function expected(x: NDArray, s: NDArray): number[] {
  const value = ({ data }: NDArray, i: number): number => data[i] as number;
  return Array.from({ length: 8 * (x.shape[0] as number) }, (_, i) => {
    const [row, column] = [Math.floor(i / 8), i % 8];
    let sum = value(parameters.b, column);
    for (let k = 0; k < 32; k++) sum += value(x, row * 32 + k) * value(parameters.w, k * 8 + column);
    return Math.max(0, sum) * value(s, row);
  });
}

async function withModel<T>(name: string, use: (model: OnnxModel) => Promise<T>): Promise<T> {
  const model = await openOnnx(at(name), { threads: 1 });
  try {
    return await use(model);
  } finally {
    await model.close();
  }
}

/** A file with one node, of an opset of its choice, as other tools write them. */
async function writeNode(
  name: string,
  op: string,
  options: { opset: number; type: number; shape?: readonly (number | string)[]; out?: number; cast?: number },
): Promise<void> {
  const { opset, type, shape = ["n", 2], out = type, cast } = options;
  const info = (label: string, code: number): Message => {
    const dims = new Message();
    for (const length of shape) {
      const dim = new Message();
      dims.message(1, typeof length === "number" ? dim.int(1, length) : length === "" ? dim : dim.string(2, length));
    }
    const tensor = new Message().int(1, code).message(2, dims);
    return new Message().string(1, label).message(2, new Message().message(1, tensor));
  };
  const attributes: Record<string, number> = cast === undefined ? {} : { to: cast };
  const nodes = [nodeProto(op, { name: "node", inputs: ["x"], outputs: ["y"], attributes })];
  const graph = graphProto("g", { nodes, initializers: [], inputs: [info("x", type)], outputs: [info("y", out)] });
  const model = new Message().int(1, 4).message(7, graph).message(8, new Message().string(1, "").int(2, opset));
  await writeFile(at(name), Buffer.concat(model.parts()));
}

describe("an opened file", () => {
  it("says what it takes and gives, and computes it for batches of any size", () =>
    withModel("net.onnx", async (model) => {
      expect(model.inputs).toEqual([
        { name: "x", dtype: "f32", type: "float32", shape: ["batch", 32] },
        { name: "s", dtype: "f32", type: "float32", shape: ["batch", 1] },
      ]);
      expect(model.outputs.map(({ name, shape }) => [name, ...shape])).toEqual([
        ["y", "batch", 8],
        ["double", "batch", 8],
      ]);
      for (const n of [1, 5]) {
        const feeds = { x: key(2).normal([n, 32]), s: key(3).normal([n, 1]) };
        const { y, double } = await model.run(feeds);
        expect(y).toBeAllclose(array(expected(feeds.x, feeds.s), [n, 8]), { atol: 1e-5, rtol: 1e-5 });
        expect(double?.data).toEqual(y?.data.map((value) => 2 * value));
        expect(feeds.x).toEqual(key(2).normal([n, 32]));
      }
    }));

  it("with tensors in a second file gives the same; the hash follows the content of both, not their names", async () => {
    const feeds = { x: key(2).normal([2, 32]), s: key(3).normal([2, 1]) };
    const whole = await withModel("net.onnx", async ({ hash }) => hash);
    const [one, split] = [
      await withModel("net.onnx", (model) => model.run(feeds)),
      await withModel("split.onnx", async (model) => ({ y: (await model.run(feeds)).y, hash: model.hash })),
    ];
    expect(split.y as NDArray).toBeAllclose(one.y as NDArray, { atol: 1e-6 });
    await copyFile(at("net.onnx"), at("copy.onnx"));
    expect(await withModel("copy.onnx", async ({ hash }) => hash)).toBe(whole);
    const data = await readFile(at("split.onnx.data"));
    data[5] = (data[5] as number) ^ 1;
    await writeFile(at("split.onnx.data"), data);
    expect(await withModel("split.onnx", async ({ hash }) => hash)).not.toBe(split.hash);
  });

  it("answers runs that overlap, each with its own", () =>
    withModel("net.onnx", async (model) => {
      const feeds = [0, 1, 2, 3].map((i) => ({ x: key(i).normal([3, 32]), s: key(9).normal([3, 1]) }));
      const results = await Promise.all(feeds.map((feed) => model.run(feed)));
      for (const [i, { y }] of results.entries())
        expect(y?.data).toBeAllclose(expected(feeds[i]?.x as NDArray, feeds[i]?.s as NDArray), { atol: 1e-5 });
    }));

  it("of an older opset takes int64 as i32, and lengths without a name", async () => {
    await writeNode("old.onnx", "Neg", { opset: 9, type: 7, shape: ["", 2] });
    await withModel("old.onnx", async (model) => {
      expect(model.inputs).toEqual([{ name: "x", dtype: "i32", type: "int64", shape: ["?", 2] }]);
      const { y } = await model.run({ x: array([1, -2, 3, 4], [2, 2], "i32") });
      expect(y).toEqual(array([-1, 2, -3, -4], [2, 2], "i32"));
    });
  });

  it("says which output does not fit i32", async () => {
    await writeNode("sum.onnx", "Cast", { opset: 13, type: 1, out: 7, cast: 7 });
    await withModel("sum.onnx", async (model) => {
      expect(model.outputs[0]).toMatchObject({ dtype: "i32", type: "int64" });
      expect(await model.run({ x: array([7, -8], [1, 2]) })).toEqual({ y: array([7, -8], [1, 2], "i32") });
      await expect(model.run({ x: array([7, 3e9], [1, 2]) })).rejects.toThrow(/"y" holds 3000000000/);
    });
  });

  it("takes bytes and half precision, and refuses what is no byte", async () => {
    await writeNode("bytes.onnx", "Identity", { opset: 13, type: 2 });
    await withModel("bytes.onnx", async (model) => {
      const x = array([0, 255], [1, 2], "i32");
      expect(await model.run({ x })).toEqual({ y: x });
      await expect(model.run({ x: array([0, 256], [1, 2], "i32") })).rejects.toMatchObject({ code: "DATA" });
    });
    await writeNode("half.onnx", "Identity", { opset: 13, type: 10 });
    await withModel("half.onnx", async (model) => {
      const x = array([0x3c00, 0xc000], [1, 2], "f16");
      expect(await model.run({ x })).toEqual({ y: x });
    });
  });

  it("refuses feeds that do not fit, by name", () =>
    withModel("net.onnx", async (model) => {
      const [x, s] = [key(2).normal([2, 32]), key(3).normal([2, 1])];
      await expect(model.run({ x })).rejects.toMatchObject({ code: "GRAPH", message: expect.stringContaining('"s"') });
      await expect(model.run({ x, s, z: s })).rejects.toMatchObject({ code: "GRAPH" });
      await expect(model.run({ x, s: array([1, 2], [2, 1], "i32") })).rejects.toMatchObject({ code: "DTYPE" });
      await expect(model.run({ x: array(x.data), s })).rejects.toMatchObject({ code: "SHAPE" });
      await expect(model.run({ x: key(0).normal([2, 31]), s })).rejects.toThrow(/\[batch,32\]/);
      await expect(model.run({ x, s: key(0).normal([3, 1]) })).rejects.toThrow(/batch = 2/);
    }));

  it("runs no more after it was closed, or given up", async () => {
    const model = await openOnnx(at("net.onnx"), { threads: 1 });
    const feeds = { x: key(2).normal([2, 32]), s: key(3).normal([2, 1]) };
    await expect(model.run(feeds, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "ABORTED" });
    await model.close();
    await model.close();
    await expect(model.run(feeds)).rejects.toMatchObject({ code: "ENGINE" });
    await expect(openOnnx(at("net.onnx"), { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "ABORTED" });
  });
});

describe("files that cannot be opened", () => {
  it("are named, with what is wrong", async () => {
    await expect(openOnnx(at("none.onnx"))).rejects.toMatchObject({ code: "WEIGHTS" });
    await writeFile(at("text.onnx"), "not a network at all");
    await writeFile(at("empty.onnx"), "");
    for (const name of ["text.onnx", "empty.onnx"])
      await expect(openOnnx(at(name))).rejects.toMatchObject({
        code: "FORMAT",
        message: expect.stringContaining(name),
      });
    await copyFile(at("split.onnx"), at("alone.onnx"));
    await rm(at("split.onnx.data"));
    await expect(openOnnx(at("alone.onnx"))).rejects.toMatchObject({
      code: "WEIGHTS",
      message: expect.stringContaining("split.onnx.data"),
    });
    await copyFile(at("net.onnx"), at("cut.onnx"));
    await truncate(at("cut.onnx"), 600);
    await expect(openOnnx(at("cut.onnx"))).rejects.toMatchObject({ code: "FORMAT" });
    await writeNode("far.onnx", "Fancy", { opset: 13, type: 1 });
    await expect(openOnnx(at("far.onnx"))).rejects.toMatchObject({ code: "UNSUPPORTED_OP", op: "Fancy" });
    await writeNode("kinds.onnx", "Identity", { opset: 13, type: 8 });
    await expect(openOnnx(at("kinds.onnx"))).rejects.toMatchObject({ code: "FORMAT" });
    await writeNode("future.onnx", "Neg", { opset: 99, type: 1 });
    await expect(openOnnx(at("future.onnx"))).rejects.toMatchObject({ code: "FORMAT" });
    await expect(openOnnx(at("net.onnx"), { threads: 0 })).rejects.toMatchObject({ code: "CONFIG" });
  });

  it("may not name tensors outside of their folder", () => {
    for (const location of ["/etc/passwd", "../x", "a/../../x", "C:\\x", ""]) {
      const entry = new Message().string(1, "location").string(2, location);
      const graph = new Message().message(5, new Message().message(13, entry));
      const bytes = Buffer.concat(new Message().message(7, graph).parts());
      expect(() => externalFiles("m.onnx", bytes)).toThrow(/below the model's folder/);
    }
  });

  it("are refused as such whatever their bytes are", () =>
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          expect(externalFiles("m.onnx", bytes)).toBeInstanceOf(Array);
        } catch (error) {
          expect(error).toMatchObject({ code: "FORMAT" });
        }
      }),
    ));
});

it("finds the files of tensors wherever tensors stand", () => {
  const tensor = (location: string): Message =>
    new Message().message(13, new Message().string(1, "location").string(2, location));
  const branch = new Message().message(5, tensor("branch")).message(15, new Message().message(1, tensor("sparse")));
  const node = new Message()
    .message(5, new Message().message(5, tensor("constant")))
    .message(5, new Message().message(6, branch));
  const graph = new Message().message(1, node).message(5, tensor("weight")).message(5, tensor("weight"));
  const model = new Message().message(7, graph).message(25, new Message().message(7, node));
  expect([...externalFiles("m.onnx", Buffer.concat(model.parts()))].sort()).toEqual([
    "branch",
    "constant",
    "sparse",
    "weight",
  ]);
});
