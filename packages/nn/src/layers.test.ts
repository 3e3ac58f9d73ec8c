import "@gmem/testing";
import {
  array,
  avalsOf,
  evaluate,
  f32,
  grad,
  key,
  type Named,
  type NDArray,
  sum,
  type Tensor,
  trace,
} from "@gmem/tensor";
import { describe, expect, it } from "vitest";
import {
  attention,
  groupNorm,
  layerNorm,
  linear,
  linearInit,
  maxPool,
  patchEmbed,
  patchify,
  rmsNorm,
  rotaryTable,
  rotate,
  sinCosTable,
  timestepFrequencies,
  unpatchify,
  xavierUniform,
} from "./index.ts";

/** Runs a program of one input and named weights. */
function run(x: NDArray, program: (x: Tensor, p: Named<Tensor>) => Tensor, weights: Named<NDArray> = {}): NDArray {
  const state = avalsOf(weights);
  const graph = trace({ feeds: { x: f32(...x.shape) }, state }, ({ feeds, state: p }) => ({
    fetches: { y: program(feeds.x, p) },
  }));
  return evaluate(graph, { x }, weights).fetches.y as NDArray;
}

const rng = key(7);

describe("linear", () => {
  it("multiplies by the transposed weight and adds the bias", () => {
    const weights = { "fc.weight": array([1, 2, 3, 4, 5, 6], [3, 2]), "fc.bias": array([10, 20, 30]) };
    expect(run(array([1, 1], [1, 2]), (x, p) => linear(p, "fc", x), weights)).toBeAllclose(array([13, 27, 41], [1, 3]));
  });

  it("names the parameter that is missing", () => {
    expect(() => run(array([1, 1], [1, 2]), (x, p) => linear(p, "fc", x))).toThrow(/fc\.weight/);
  });
});

describe("norms", () => {
  const x = rng.split("x").normal([2, 6, 4]);

  it("layer norm leaves mean 0 and variance 1", () => {
    const y = run(x, (t) => layerNorm(t)).data as Float32Array;
    for (let row = 0; row < 12; row++) {
      const values = Array.from(y.subarray(row * 4, row * 4 + 4));
      expect(values.reduce((a, b) => a + b, 0)).toBeCloseTo(0, 5);
      expect(values.reduce((a, b) => a + b * b, 0) / 4).toBeCloseTo(1, 4);
    }
  });

  it("RMS norm divides by the root mean square", () => {
    const y = run(array([3, 4], [1, 2]), (t, p) => rmsNorm(p, "n", t), { "n.weight": array([1, 2]) });
    expect(y).toBeAllclose(array([3 / Math.sqrt(12.5), 8 / Math.sqrt(12.5)], [1, 2]), { atol: 1e-6 });
  });

  it("group norm normalises channels of a group together", () => {
    const image = rng.split("g").normal([1, 4, 2, 2]);
    const y = run(image, (t, p) => groupNorm(p, "n", t, { groups: 2 }), {
      "n.weight": array([1, 1, 1, 1]),
      "n.bias": array([0, 0, 0, 0]),
    });
    const first = Array.from((y.data as Float32Array).subarray(0, 8));
    expect(first.reduce((a, b) => a + b, 0)).toBeCloseTo(0, 5);
    expect(first.reduce((a, b) => a + b * b, 0) / 8).toBeCloseTo(1, 3);
  });
});

describe("attention", () => {
  const weights = { ...linearInit(rng, "a.qkv", { in: 8, out: 24 }), ...linearInit(rng, "a.proj", { in: 8, out: 8 }) };

  it("does not depend on the order of the tokens it attends to", () => {
    const x = rng.split("tokens").normal([1, 3, 8]);
    const swapped = array([...x.data.slice(8, 16), ...x.data.slice(0, 8), ...x.data.slice(16)], [1, 3, 8]);
    const block = (t: Tensor, p: Named<Tensor>): Tensor => attention(p, "a", t, { heads: 2 });
    const [y, z] = [run(x, block, weights), run(swapped, block, weights)];
    expect(z.data.slice(0, 8)).toBeAllclose(y.data.slice(8, 16), { atol: 1e-6 });
    expect(z.data.slice(16)).toBeAllclose(y.data.slice(16), { atol: 1e-6 });
  });

  it("has the gradient that finite differences give", () => {
    const x = rng.split("tokens").normal([1, 3, 8]);
    const probe = rng.split("probe").normal([1, 3, 8]);
    const state = avalsOf(weights);
    const graph = trace({ feeds: { x: f32(1, 3, 8), probe: f32(1, 3, 8) }, state }, ({ feeds, state: p }) => {
      const loss = sum(attention(p, "a", feeds.x, { heads: 2 }).mul(feeds.probe));
      return { fetches: { loss, dx: grad(loss, { x: feeds.x }).x } };
    });
    const options = { precision: "f64" } as const;
    const at = (data: ArrayLike<number>): Named<NDArray> =>
      evaluate(graph, { x: array(Float64Array.from(data), [1, 3, 8], "f64"), probe }, weights, options).fetches;
    const dx = (at(x.data).dx as NDArray).data;
    for (const i of [0, 9, 23]) {
      const loss = (step: number): number => {
        const moved = Float64Array.from(x.data);
        moved[i] = (moved[i] as number) + step;
        return (at(moved).loss as NDArray).data[0] as number;
      };
      expect((loss(1e-5) - loss(-1e-5)) / 2e-5).toBeCloseTo(dx[i] as number, 6);
    }
  });
});

describe("patches", () => {
  it.each([1, 2, 4])("unpatchify undoes patchify up to the order of features, p = %d", (p) => {
    const x = rng.split("image").normal([2, 3, 8, 4]);
    const there = run(x, (t) => {
      const tokens = patchify(t, p); // features (c, i, j)
      const [n, count] = tokens.shape as [number, number];
      const reordered = tokens
        .reshape([n, count, 3, p * p])
        .transpose([0, 1, 3, 2])
        .reshape([n, count, 3 * p * p]);
      return unpatchify(reordered, { patchSize: p, rows: 8 / p, columns: 4 / p });
    });
    expect(there).toBeAllclose(x);
  });

  it("embeds a patch by its convolution kernel", () => {
    const weights = { "e.proj.weight": array([1, 10, 100, 1000], [1, 1, 2, 2]), "e.proj.bias": array([0.5]) };
    const y = run(array([1, 2, 3, 4], [1, 1, 2, 2]), (x, p) => patchEmbed(p, "e", x, 2), weights);
    expect(y).toBeAllclose(array([4321.5], [1, 1, 1]));
  });

  it("takes the largest of each window", () => {
    expect(run(array([1, 5, 2, 3], [1, 1, 2, 2]), (x) => maxPool(x, 2))).toBeAllclose(array([5], [1, 1, 1, 1]));
  });
});

describe("positions", () => {
  it("has the golden row of the position table: D = 8, 2 × 2 grid, token (0,1)", () => {
    const row = sinCosTable({ rows: 2, columns: 2 }, 8).data.subarray(8, 16);
    expect(row).toBeAllclose([0.841471, 0.01, 0.540302, 0.99995, 0, 0, 1, 1], { atol: 1e-6 });
  });

  it("has the golden angles of the rotation: head width 8, token (0,1)", () => {
    const { cos } = rotaryTable({ rows: 2, columns: 2 }, 8);
    expect(cos.data.subarray(8, 16)).toBeAllclose([1, 1, 1, 1, 0.540302, 0.540302, 0.99995, 0.99995], { atol: 1e-6 });
  });

  it("rotates without changing lengths", () => {
    const grid = { rows: 2, columns: 3 };
    const x = rng.split("heads").normal([1, 2, 6, 8]);
    const { cos, sin } = rotaryTable(grid, 8);
    const y = run(x, (t, p) => rotate(t, p.cos as Tensor, p.sin as Tensor), { cos, sin });
    const norm = (data: ArrayLike<number>): number => Math.hypot(...Array.from(data));
    for (let row = 0; row < 12; row++)
      expect(norm(y.data.slice(row * 8, row * 8 + 8))).toBeCloseTo(norm(x.data.slice(row * 8, row * 8 + 8)), 5);
    expect(y.data.slice(0, 8)).toBeAllclose(x.data.slice(0, 8)); // position (0,0) is not turned
  });
});

describe("timestep frequencies", () => {
  it("has the golden values at t = 0.5, cosines first", () => {
    const y = run(array([0.5]), (t) => timestepFrequencies(t));
    expect(y.data.slice(0, 4)).toBeAllclose([0.877583, 0.893693, 0.907719, 0.91992], { atol: 1e-5 });
    expect(y.data.slice(128, 132)).toBeAllclose([0.479426, 0.448678, 0.41958, 0.392107], { atol: 1e-5 });
  });

  it("ends an odd size with a zero", () => {
    const y = run(array([0.5]), (t) => timestepFrequencies(t, 7));
    expect(y.shape).toEqual([1, 7]);
    expect(y.data[6]).toBe(0);
  });
});

describe("initial values", () => {
  it("Xavier stays inside its bound and reaches near it", () => {
    const { data } = xavierUniform(rng, [40, 60]);
    const bound = Math.sqrt(6 / 100);
    const top = Math.max(...data.map(Math.abs));
    expect(top).toBeLessThanOrEqual(bound);
    expect(top).toBeGreaterThan(0.98 * bound);
  });

  it("gives each layer numbers of its own", () => {
    const a = linearInit(rng, "a", { in: 3, out: 3 })["a.weight"] as NDArray;
    const b = linearInit(rng, "b", { in: 3, out: 3 })["b.weight"] as NDArray;
    expect(Array.from(a.data)).not.toEqual(Array.from(b.data));
  });
});
