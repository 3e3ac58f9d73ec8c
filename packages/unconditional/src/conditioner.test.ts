import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isGMemError, key, trace } from "@gmem/tensor";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { conditioner, vectorName } from "./index.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "unconditional-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("conditioner", () => {
  it("adds one learned vector, zero at first, to every sample", async () => {
    const c = await conditioner({ classes: 10 }, { hiddenSize: 8 });
    expect(c.init(key(0))).toEqual({ [vectorName]: { dtype: "f32", shape: [8], data: new Float32Array(8) } });
    const noise = key(1).normal([3, 1, 2, 2]);
    const resolved = await c.resolve(noise, c.parse(undefined));
    expect(resolved).toEqual({ ones: { dtype: "f32", shape: [3, 1], data: new Float32Array(3).fill(1) } });
    expect(await c.batch({ index: Int32Array.of(1, 2, 3), latents: noise }, key(0))).toEqual(resolved);
    expect(c.nullFeeds?.(3)).toEqual(resolved);
    const state = { [vectorName]: { dtype: "f32", shape: [8] } } as const;
    const graph = trace({ feeds: c.feeds(3), state }, (inputs) => ({
      fetches: { s: c.snippet(inputs.state, inputs.feeds) },
    }));
    expect(graph.fetches.s?.shape).toEqual([3, 8]);
  });
  it("takes no request", async () => {
    const c = await conditioner({}, { hiddenSize: 8 });
    expect(c.parse({})).toBeUndefined();
    for (const input of [{ label: 1 }, 3, "x", [1]])
      expect(() => c.parse(input)).toThrow(expect.toSatisfy((e) => isGMemError(e, "INVALID_REQUEST")));
  });
  it("comes back from its run folder, and refuses a folder of another conditioner", async () => {
    const c = await conditioner({}, { hiddenSize: 8 });
    await writeFile(join(folder, "conditioner.json"), JSON.stringify(c.config));
    expect((await conditioner(folder)).config).toEqual(c.config);
    await writeFile(join(folder, "conditioner.json"), JSON.stringify({ name: "class-table" }));
    await expect(conditioner(folder)).rejects.toThrow(/must be unconditional, got "class-table"/);
    await expect(conditioner({})).rejects.toThrow(/needs hiddenSize/);
    await expect(conditioner(join(folder, "none"))).rejects.toSatisfy((e) => isGMemError(e, "CONFIG"));
  });
});
