import { isGMemError, key, trace } from "@gmem/tensor";
import { describe, expect, it } from "vitest";
import { conditioner, type UnconditionalOptions, vectorName } from "./index.ts";

describe("conditioner", () => {
  it("adds one learned vector, zero at first, to every sample", async () => {
    const c = conditioner({ hiddenSize: 8 });
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
    const c = conditioner({ hiddenSize: 8 });
    expect(c.parse({})).toBeUndefined();
    for (const input of [{ label: 1 }, 3, "x", [1]])
      expect(() => c.parse(input)).toThrow(expect.toSatisfy((e) => isGMemError(e, "INVALID_REQUEST")));
  });
  it("needs the width of the backbone", () => {
    for (const options of [{}, { hiddenSize: 0 }, { hiddenSize: 2.5 }]) {
      const make = (): unknown => conditioner(options as UnconditionalOptions);
      expect(make).toThrow(/needs \{ hiddenSize \}, the width of the backbone, got (none|0|2.5)/);
      expect(make).toThrow(expect.toSatisfy((e) => isGMemError(e, "CONFIG")));
    }
  });
});
