import "@gmem/testing";
import { existsSync, mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkpointAvals } from "@gmem/backbones/published";
import { tableName } from "@gmem/class-table";
import { onnxEngine } from "@gmem/engine-onnx";
import { type Engine, key, mapNamed, type Named, type NDArray } from "@gmem/tensor";
import { vectorName } from "@gmem/unconditional";
import { readSafetensors, readWeights, writeSafetensors, writeTorch } from "@gmem/weights";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exportRun } from "../export/export-run.ts";
import { runFiles } from "../folder/run-files.ts";
import { openRun } from "../open/open-run.ts";
import type { ConvertOptions } from "./conversion.ts";
import { timeBias } from "./folded.ts";
import { fromCheckpoint } from "./from-checkpoint.ts";
import { toCheckpoint } from "./to-checkpoint.ts";

const folder = mkdtempSync(join(tmpdir(), "gmem-conditions-"));
const at = (...path: string[]): string => join(folder, ...path);
let engine: Engine;
beforeAll(async () => {
  engine = await onnxEngine({ threads: 1 });
});
afterAll(async () => {
  await engine.dispose();
  await rm(folder, { recursive: true });
});

/** A SiT of 3×4×4 pixels with a table of so many rows, or none. */
function network(rows: number): Named<NDArray<"f32">> {
  const size = { latent: [3, 4, 4], patchSize: 2, depth: 1, hiddenSize: 8, heads: 1, mlpRatio: 4 } as const;
  const conditioner =
    rows === 0 ? ({ kind: "none" } as const) : ({ kind: "class-table", classes: rows, nullRow: false } as const);
  const avals = checkpointAvals({ family: "sit", config: size, conditioner, timeDirection: "data1", ambiguous: [] });
  return mapNamed(avals, ({ shape }, name) => {
    const drawn = key(5).split(name).normal(shape);
    return { ...drawn, data: drawn.data.map((value) => 0.2 * value) };
  });
}

async function converted(name: string, tensors: Named<NDArray>, options: ConvertOptions = {}): Promise<string> {
  await writeTorch(at(`${name}.pt`), tensors);
  return write(fromCheckpoint, at(`${name}.pt`), at(name), { heads: 1, ...options });
}

async function write(
  direction: typeof fromCheckpoint,
  source: string,
  out: string,
  options: ConvertOptions = {},
  settings: readonly string[] = [],
): Promise<string> {
  const conversion = await direction({ source, out, settings, options });
  try {
    if (conversion.problem) throw conversion.problem;
    await conversion.write();
    return out;
  } finally {
    await conversion.close();
  }
}

async function drawn(run: string, request: unknown, cfg = 1): Promise<NDArray<"f32">> {
  const opened = await openRun(run, { engine });
  try {
    const sampler = await opened.sampler({ ...opened.config.sampler, solver: "heun", steps: 2, cfg }, { batchSize: 2 });
    return (await sampler.draw({ request: opened.conditioner.parse(request), count: 2, seed: 3 })).images;
  } finally {
    await opened.close();
  }
}

async function exported(run: string): Promise<readonly string[]> {
  const opened = await openRun(run, { engine });
  try {
    return (await exportRun(opened, { parts: ["backbone", "sampler"], folder: `${run}-onnx` })).files.map(
      ({ file }) => file,
    );
  } finally {
    await opened.close();
  }
}

describe.each([
  ["without a condition", 0, {}, undefined],
  ["with a table of one row", 1, {}, { label: 0 }],
  ["with a table without a null row", 4, { classes: 4 }, { label: 3 }],
  ["with a table and a null row", 4, {}, { label: 2 }],
] as const)("a checkpoint %s", (name, rows, options, request) => {
  it("converts, samples, exports and comes back bit for bit", async () => {
    const tensors = network(rows);
    const run = await converted(name, tensors, options);
    const pictures = await drawn(run, request);
    expect(pictures.shape).toEqual([2, 3, 4, 4]);
    expect(await exported(run)).toEqual(["backbone.onnx", "sampler.onnx"]);
    const back = (await readWeights(await write(toCheckpoint, run, at(`${name}-back.pt`)))).tensors;
    expect(Object.keys(back)).toEqual(Object.keys(tensors));
    for (const [tensor, { data }] of Object.entries(tensors)) expect(back[tensor]?.data).toEqual(data);
    const again = await write(fromCheckpoint, at(`${name}-back.pt`), at(`${name}-again`));
    expect(await drawn(again, request)).toEqual(pictures);
  });
});

describe("guidance", () => {
  it("is refused for tables without a null row, before anything is drawn", async () => {
    for (const [name, rows] of [
      ["one", 1],
      ["four", 4],
    ] as const) {
      const run = await converted(`guided-${name}`, network(rows), { classes: rows });
      await expect(drawn(run, { label: 0 }, 2)).rejects.toMatchObject({
        code: "CONFIG",
        message: expect.stringContaining("this table has no null row"),
      });
    }
  });
  it("works with a null row", async () => {
    const run = await converted("guided-null", network(4));
    expect(await drawn(run, { label: 0 }, 2)).not.toEqual(await drawn(run, { label: 0 }));
  });
});

it("a trained vector of no condition becomes part of the time embedding's bias, and draws the same", async () => {
  const run = await converted("trained-vector", network(0));
  const { model } = runFiles(run);
  const { tensors, metadata } = await readSafetensors(model);
  const vector = key(8).normal([8]);
  expect(tensors[vectorName]?.data).toEqual(new Float32Array(8));
  await writeSafetensors(model, { ...tensors, [vectorName]: vector }, { metadata });
  const before = await drawn(run, undefined);
  const back = await write(toCheckpoint, run, at("trained-vector-back.pt"));
  const bias = (await readWeights(back)).tensors[timeBias]?.data as Float32Array;
  const [old, added] = [tensors[timeBias]?.data as Float32Array, vector.data];
  expect(bias).toEqual(old.map((value, i) => value + (added[i] as number)));
  expect(await drawn(await write(fromCheckpoint, back, at("trained-vector-again")), undefined)).toBeAllclose(before, {
    atol: 1e-5,
  });
});

it("a run whose weights are not finite is not opened, nor converted back; file and tensor are named", async () => {
  const run = await converted("spoiled", network(4));
  const { model } = runFiles(run);
  const { tensors, metadata } = await readSafetensors(model);
  (tensors["final_layer.linear.bias"]?.data as Float32Array)[5] = Number.POSITIVE_INFINITY;
  await writeSafetensors(model, tensors, { metadata });
  const refusal = {
    code: "NON_FINITE",
    message: expect.stringMatching(
      /model\.safetensors: final_layer\.linear\.bias must be finite.*got Infinity at \[5\]$/,
    ),
  };
  await expect(openRun(run, { engine })).rejects.toMatchObject(refusal);
  await expect(write(toCheckpoint, run, at("spoiled-back.pt"))).rejects.toMatchObject(refusal);
  expect(existsSync(at("spoiled-back.pt"))).toBe(false);
});

describe("a checkpoint is refused at once, and nothing is written, where", () => {
  it("a weight is not finite: the tensor is named", async () => {
    const tensors = network(4);
    (tensors["blocks.0.mlp.fc1.bias"]?.data as Float32Array)[3] = Number.NaN;
    await expect(converted("nan", tensors)).rejects.toMatchObject({
      code: "NON_FINITE",
      message: expect.stringMatching(/nan\.pt: blocks\.0\.mlp\.fc1\.bias must be finite.*got NaN at \[3\]$/),
    });
    expect(existsSync(at("nan"))).toBe(false);
    const looked = await fromCheckpoint({ source: at("nan.pt"), out: at("nan"), settings: [], options: { heads: 1 } });
    await expect(looked.verify?.()).rejects.toMatchObject({ code: "NON_FINITE" });
    await looked.close();
  });
  it("settings take the null row of its table away, or give it one", async () => {
    await converted("kept", network(4));
    const source = at("kept.pt");
    for (const [options, setting] of [
      [{ heads: 1 }, "conditioner.dropProbability=0"],
      [{ heads: 1, classes: 4 }, "conditioner.dropProbability=0.1"],
    ] as const)
      await expect(write(fromCheckpoint, source, at("other"), options, [setting])).rejects.toMatchObject({
        code: "CONFIG",
        message: expect.stringContaining(tableName),
      });
    expect(existsSync(at("other"))).toBe(false);
  });
  it("classes are neither all rows of the table nor all but one", async () => {
    await converted("one-row", network(1));
    await expect(write(fromCheckpoint, at("one-row.pt"), at("no"), { heads: 1, classes: 2 })).rejects.toThrow(
      /classes must be 1 for a table of one row, got 2/,
    );
  });
});
