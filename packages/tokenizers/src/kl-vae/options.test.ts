import "@gmem/testing";
import { evaluate, key, type Named, type NDArray, type Tensor, trace } from "@gmem/tensor";
import { describe, expect, it } from "vitest";
import { attentionBlock, attentionParameters } from "./attention.ts";
import type { KlVaeConfig } from "./config.ts";
import { klVaeDecoder } from "./decoder.ts";
import { klVaeMoments } from "./encoder.ts";
import { klVaeParameters } from "./parameters.ts";
import { double, halve } from "./resample.ts";

const drawn = (avals: Named<{ readonly shape: readonly number[] }>): Named<NDArray<"f32">> =>
  Object.fromEntries(Object.entries(avals).map(([name, { shape }]) => [name, key(5).split(name).normal(shape)]));
const run = (x: NDArray, p: Named<NDArray>, f: (p: Named<Tensor>, x: Tensor) => Tensor): NDArray => {
  const graph = trace({ feeds: { x }, state: p }, ({ feeds, state }) => ({ fetches: { y: f(state, feeds.x) } }));
  return evaluate(graph, { x }, p).fetches.y as NDArray;
};
const tiny: KlVaeConfig = {
  channels: 32,
  multipliers: [1, 1],
  residualBlocks: 1,
  attentionLevels: [1],
  zChannels: 2,
  latentChannels: 3,
};

describe("a KL-VAE of other options", () => {
  it("has no attention, in the middle either, or a linear one with parameters of its own", () => {
    const names = (attention: KlVaeConfig["attention"]): readonly string[] =>
      Object.keys(klVaeParameters({ ...tiny, ...(attention && { attention }) })).filter((name) =>
        name.includes("attn"),
      );
    expect(names("none")).toEqual([]);
    expect(names("linear").filter((name) => name.startsWith("encoder."))).toEqual([
      "encoder.down.1.attn.0.to_qkv.weight",
      "encoder.down.1.attn.0.to_out.weight",
      "encoder.down.1.attn.0.to_out.bias",
      "encoder.mid.attn_1.to_qkv.weight",
      "encoder.mid.attn_1.to_out.weight",
      "encoder.mid.attn_1.to_out.bias",
    ]);
    expect(names(undefined)).toEqual(names("softmax"));
  });

  it("weighs values by a softmax of keys over pixels, then by queries", () => {
    const [c, size] = [2, 3];
    const p = drawn(attentionParameters("a", c, "linear"));
    const x = key(1).normal([1, c, 1, size]);
    const at = (array: NDArray, row: number, column: number, width: number): number =>
      array.data[row * width + column] as number;
    const qkv = (row: number, pixel: number): number =>
      Array.from(
        { length: c },
        (_, i) => at(p["a.to_qkv.weight"] as NDArray, row, i, c) * at(x, i, pixel, size),
      ).reduce((a, b) => a + b);
    const pixels = Array.from({ length: size }, (_, i) => i);
    const rows = Array.from({ length: c }, (_, i) => i);
    const share = (d: number, pixel: number): number =>
      Math.exp(qkv(c + d, pixel)) / pixels.reduce((sum, other) => sum + Math.exp(qkv(c + d, other)), 0);
    const attended = (e: number, pixel: number): number =>
      rows.reduce(
        (sum, d) => sum + qkv(d, pixel) * pixels.reduce((all, n) => all + share(d, n) * qkv(2 * c + e, n), 0),
        0,
      );
    const expected = rows.flatMap((row) =>
      pixels.map((pixel) =>
        rows.reduce(
          (sum, e) => sum + at(p["a.to_out.weight"] as NDArray, row, e, c) * attended(e, pixel),
          p["a.to_out.bias"]?.data[row] as number,
        ),
      ),
    );
    expect(run(x, p, (q, y) => attentionBlock(q, "a", y, "linear"))).toBeAllclose(expected, { atol: 1e-5 });
    expect(run(x, p, (q, y) => attentionBlock(q, "a", y, "none")).data).toEqual(x.data);
  });

  it("halves by means of four and doubles by repetition without parameters", () => {
    const x = key(2).normal([2, 3, 4, 6]);
    const small = run(x, {}, (p, y) => halve(p, "a", y, "mean"));
    expect(small.shape).toEqual([2, 3, 2, 3]);
    const corner = [0, 1, 6, 7].reduce((sum, i) => sum + (x.data[i] as number) / 4, 0);
    expect(small.data[0]).toBeCloseTo(corner, 5);
    expect(run(small, {}, (p, y) => halve(p, "a", double(p, "a", y, "mean"), "mean"))).toBeAllclose(small);
    const names = Object.keys(klVaeParameters({ ...tiny, resampling: "mean" }));
    expect(names.filter((name) => /sample/.test(name))).toEqual([]);
  });

  it("takes and gives images of other channel counts, and limits them by tanh", () => {
    const config: KlVaeConfig = { ...tiny, imageChannels: 1, tanh: true, attention: "none", resampling: "mean" };
    const p = drawn(klVaeParameters(config));
    const moments = run(key(1).normal([1, 1, 4, 4]), p, (q, x) => klVaeMoments(config, q, x));
    expect(moments.shape).toEqual([1, 6, 2, 2]);
    const image = run(key(1).normal([1, 3, 2, 2]), p, (q, z) => klVaeDecoder(config, q, z));
    expect(image.shape).toEqual([1, 1, 4, 4]);
    const plain = run(key(1).normal([1, 3, 2, 2]), p, (q, z) => klVaeDecoder({ ...config, tanh: false }, q, z));
    expect(image).toBeAllclose(plain.data.map(Math.tanh), { atol: 1e-5 });
  });
});
