import type { Backbone, Params } from "@gmem/spec";
import { array, evaluate, full, isGMemError, key, mapNamed, type NDArray, trace } from "@gmem/tensor";
import { describe, expect, it } from "vitest";
import "@gmem/testing";
import { dit } from "../dit/index.ts";
import { lightningDit } from "../lightning-dit/index.ts";
import { sana } from "../sana/index.ts";
import { sit } from "../sit/index.ts";
import { bicubicTable } from "./bicubic-table.ts";
import { doublePatch, type GridConfig, type ResizeGridOptions, resizeGrid } from "./index.ts";

const base = { depth: 1, hiddenSize: 16, heads: 2, adaLNInit: "xavier" } as const;

interface Case {
  readonly name: string;
  readonly config: GridConfig;
  build(config: GridConfig): Backbone;
}
const cases: readonly Case[] = [
  {
    name: "sit",
    config: { ...base, latent: [3, 2, 4], patchSize: 1 },
    build: (c) => sit({ ...base, ...c, tapAfter: 1 }),
  },
  {
    name: "sit with learnSigma, patches of 2",
    config: { ...base, latent: [2, 4, 8], patchSize: 2 },
    build: (c) => sit({ ...base, ...c, learnSigma: true, qkNorm: true, tapAfter: 1 }),
  },
  {
    name: "lightning-dit",
    config: { ...base, latent: [3, 4, 2], patchSize: 1 },
    build: (c) => lightningDit({ ...base, ...c, tapAfter: 1 }),
  },
  {
    name: "dit",
    config: { ...base, latent: [3, 8, 4], patchSize: 2 },
    build: (c) => dit({ ...base, ...c, tapAfter: 1 }),
  },
  {
    name: "sana",
    config: { ...base, latent: [3, 4, 2], patchSize: 1 },
    build: (c) => sana({ ...base, ...c, crossHeads: 4, contextDim: 5, tapAfter: 1 }),
  },
];

/** Parameters as training leaves them, with those of a conditioner among them. */
function trained(backbone: Backbone): Params<NDArray> {
  const rng = key(3);
  const drawn = Object.entries(backbone.init(key(1))).map(([name, x]): [string, NDArray] => [
    name,
    backbone.frozen.includes(name)
      ? x
      : array(
          rng
            .split(name)
            .normal(x.shape)
            .data.map((z, i) => (x.data[i] as number) + 0.1 * z),
          x.shape,
        ),
  ]);
  return { ...Object.fromEntries(drawn), "condition_projection.linear.weight": rng.split("c").normal([16, 3]) };
}

/** Everything the backbone gives for x [N,C,H,W], times and conditions fixed; in double precision. */
function run(backbone: Backbone, p: Params<NDArray>, x: NDArray): Record<string, NDArray> {
  const [n = 0] = x.shape;
  const feeds = {
    ...{ x, t: key(5).uniform([n]), c: key(6).normal([n, backbone.hiddenSize]) },
    ...{ tokens: key(7).normal([n, 2, 5]), mask: full([n, 2], 1) }, // for the one that reads them
  };
  const graph = trace({ feeds, state: p }, ({ feeds: { x, t, c, ...context }, state }) => ({
    fetches: { ...backbone.apply(state, x, t, c, context) },
  }));
  return evaluate(graph, feeds, p, { precision: "f64" }).fetches;
}

/** Every pixel twice in both directions: [N,C,H,W] → [N,C,2H,2W]. */
function doubled({ shape, data }: NDArray): NDArray<"f32"> {
  const [n = 0, c = 0, h = 0, w = 0] = shape;
  const out = Float32Array.from({ length: 4 * data.length }, (_, i) => {
    const [column, row, plane] = [i % (2 * w), Math.floor(i / (2 * w)) % (2 * h), Math.floor(i / (4 * w * h))];
    return data[(plane * h + (row >> 1)) * w + (column >> 1)] as number;
  });
  return array(out, [n, c, 2 * h, 2 * w]);
}

describe.each(cases)("doublePatch of $name", ({ config, build }) => {
  const before = build(config);
  const parameters = trained(before);
  const wider = doublePatch(parameters, config);
  const after = build(wider.config);
  const x = key(7).normal([2, ...config.latent]);

  it("fits the backbone of twice the patch on twice the side, which has the same tokens", () => {
    expect(wider.config).toMatchObject({ patchSize: 2 * config.patchSize, hiddenSize: 16 });
    expect(after.latent).toEqual([config.latent[0], 2 * config.latent[1], 2 * config.latent[2]]);
    const shapes = mapNamed(after.init(key(0)), ({ shape }) => shape);
    for (const [name, shape] of Object.entries(shapes)) expect(wider.parameters[name]?.shape, name).toEqual(shape);
  });

  it("gives the tokens of the old latent for the doubled one, and the old output doubled", () => {
    const [old, now] = [run(before, parameters, x), run(after, wider.parameters, doubled(x))];
    expect(Object.keys(now)).toEqual(Object.keys(old));
    expect(now.tap).toBeAllclose(old.tap as NDArray, { atol: 1e-6 });
    for (const name of ["output", "variance"].filter((name) => name in old))
      expect(now[name]).toBeAllclose(doubled(old[name] as NDArray), { atol: 1e-6 });
  });

  const kernel = (p: Params<NDArray>): NDArray =>
    (p["x_embedder.proj.weight"] ?? p["patch_embed.proj.weight"]) as NDArray;
  /** Sums over each two by two of [D,C,2p,2p]: what a kernel makes of four equal pixels. */
  const ofFour = ({ shape: [, , side = 0], data }: NDArray): Float32Array => {
    const sums = new Float32Array(data.length / 4);
    for (let at = 0; at < data.length; at++) {
      const [row, column] = [Math.floor(at / side) >> 1, (at % side) >> 1];
      sums[(row * side) / 2 + column] = (sums[(row * side) / 2 + column] as number) + (data[at] as number);
    }
    return sums;
  };

  it("takes the mean of four pixels, and halves the noise in it, with the weights that it had", () => {
    expect(ofFour(kernel(wider.parameters))).toBeAllclose(kernel(parameters).data, { atol: 1e-6 });
  });

  it("tells the four pixels of each apart, so that a gradient reaches the last layer's rows for them", () => {
    const { shape, data } = kernel(wider.parameters);
    const side = shape[3] as number;
    for (
      let at = 0;
      at < data.length;
      at += 2 // the left one of four, or of the lower two
    )
      expect(data[at], `kernel entry ${at}`).not.toBe(data[at + 1]);
    for (let at = 0; at < data.length - side; at += 2 * side) expect(data[at]).not.toBe(data[at + side]);
    const twice = doublePatch(parameters, config);
    expect(kernel(twice.parameters).data).toEqual(data); // drawn by the name, not by chance
  });

  it("hands everything else through", () => {
    for (const [name, value] of Object.entries(parameters))
      if (!/^(x_embedder\.proj\.weight|final_layer\.linear\.|patch_embed\.proj\.weight|proj_out\.)/.test(name))
        expect(wider.parameters[name]).toBe(value);
    expect(Object.keys(wider.parameters)).toEqual(Object.keys(parameters));
  });
});

describe("doublePatch", () => {
  it("works again on its own result", () => {
    const { config, build } = cases[0] as Case;
    const parameters = trained(build(config));
    const once = doublePatch(parameters, config);
    const twice = doublePatch(once.parameters, once.config);
    const x = key(7).normal([1, ...config.latent]);
    expect(run(build(twice.config), twice.parameters, doubled(doubled(x))).output).toBeAllclose(
      doubled(doubled(run(build(config), parameters, x).output as NDArray)),
      { atol: 1e-6 },
    );
  });

  it("refuses parameters of another config, and says which", () => {
    const { config, build } = cases[0] as Case;
    const parameters = build(config).init(key(0));
    expect(() => doublePatch(parameters, { ...config, patchSize: 2 })).toThrow(
      /x_embedder.proj.weight" must be \[16,3,2,2\]/,
    );
    expect(() => doublePatch({}, config)).toThrow(expect.toSatisfy((e) => isGMemError(e, "WEIGHTS")));
    const rows = { ...parameters, "final_layer.linear.weight": key(0).normal([5, 16]) };
    expect(() => doublePatch(rows, config)).toThrow(/p²C or 2p²C rows/);
  });
});

/** [sin(m ω), cos(m ω)], written out for D = 16: ω_k = 10000^(−k/4). */
const wave = (m: number): number[] => {
  const omega = [1, 0.1, 0.01, 0.001];
  return [...omega.map((w) => Math.sin(m * w)), ...omega.map((w) => Math.cos(m * w))];
};
/** One axis of a head 8 wide: frequencies 1 and 0.01, each twice. */
const turns = (m: number): number[] => [m, m, 0.01 * m, 0.01 * m];
const tokens = <T>([rows, columns]: readonly [number, number], f: (r: number, c: number) => readonly T[]): T[] =>
  Array.from({ length: rows * columns }, (_, i) => f(Math.floor(i / columns), i % columns)).flat();

describe("resizeGrid", () => {
  const grids: readonly (readonly [from: [number, number], to: [number, number]])[] = [
    [
      [4, 4],
      [8, 8],
    ],
    [
      [4, 2],
      [3, 8],
    ],
    [
      [8, 8],
      [4, 4],
    ],
  ];
  const kinds = ["recompute", "scale", "bicubic"] as const;

  it.each(grids)("places the tokens of %j on %j by the formulas", (from, to) => {
    const config = { latent: [2, ...from] as const, patchSize: 1, depth: 1, hiddenSize: 16, heads: 2 };
    const parameters = lightningDit(config).init(key(0));
    for (const positions of ["recompute", "scale"] as const) {
      const [down, right] = positions === "scale" ? [from[0] / to[0], from[1] / to[1]] : [1, 1];
      const { parameters: p } = resizeGrid(parameters, config, { latent: [2, ...to], positions });
      expect(p.pos_embed?.data).toBeAllclose(tokens(to, (r, c) => [...wave(right * c), ...wave(down * r)]));
      const angles = tokens(to, (r, c) => [...turns(down * r), ...turns(right * c)]);
      expect(p["feat_rope.freqs_cos"]?.data).toBeAllclose(angles.map(Math.cos));
      expect(p["feat_rope.freqs_sin"]?.data).toBeAllclose(angles.map(Math.sin));
    }
  });

  it.each(
    cases.flatMap((c) => grids.flatMap((grid) => kinds.map((kind) => [c.name, c, grid[0], grid[1], kind] as const))),
  )("gives a %s that runs on the new grid (%#)", (_, { config, build }, from, to, positions) => {
    const latentOf = ([rows, columns]: readonly [number, number]) =>
      [config.latent[0], rows * config.patchSize, columns * config.patchSize] as const;
    const old: GridConfig = { ...config, latent: latentOf(from) };
    const parameters = trained(build(old));
    const options: ResizeGridOptions = { latent: latentOf(to), positions };
    const { parameters: p, config: next } = resizeGrid(parameters, old, options);
    const backbone = build(next);
    for (const [name, { shape }] of Object.entries(backbone.init(key(0)))) expect(p[name]?.shape, name).toEqual(shape);
    const { output, tap } = run(backbone, p, key(8).normal([2, ...next.latent]));
    expect(output?.shape).toEqual([2, ...next.latent]);
    expect(tap?.shape).toEqual([2, to[0] * to[1], 16]);
    expect(output?.data.every(Number.isFinite)).toBe(true);
    const tables = /^(pos_embed|feat_rope\.)/;
    for (const [name, value] of Object.entries(parameters)) if (!tables.test(name)) expect(p[name]).toBe(value);
    expect(resizeGrid(p, next, { latent: old.latent }).parameters.pos_embed).toEqual(parameters.pos_embed);
  });

  it("hands everything of a Sana through: it has no positions", () => {
    const config = { ...base, latent: [3, 4, 4], patchSize: 2, crossHeads: 2, contextDim: 4 } as const;
    const parameters = sana(config).init(key(0));
    const wider = resizeGrid(parameters, config, { latent: [3, 4, 8] });
    expect(wider.parameters).toBe(parameters);
    expect(wider.config.latent).toEqual([3, 4, 8]);
  });

  it("leaves the tables of an unchanged grid as they are", () => {
    const { config, build } = cases[2] as Case;
    const parameters = trained(build(config));
    for (const positions of kinds) {
      const same = resizeGrid(parameters, config, { latent: config.latent, positions }).parameters;
      for (const name of ["pos_embed", "feat_rope.freqs_cos"])
        expect(same[name]).toBeAllclose(parameters[name] as NDArray, { atol: 0, rtol: 0 });
    }
  });

  it("refuses other channels, grids that do not divide, tables of another grid and positions it does not know", () => {
    const { config, build } = cases[1] as Case;
    const parameters = build(config).init(key(0));
    expect(() => resizeGrid(parameters, config, { latent: [3, 4, 8] })).toThrow(/keep its 2 channels/);
    expect(() => resizeGrid(parameters, config, { latent: [2, 5, 8] })).toThrow(/patch size 2 must divide/);
    expect(() => resizeGrid(parameters, { ...config, latent: [2, 8, 8] }, { latent: [2, 4, 4] })).toThrow(
      /pos_embed.*\[1,16,16\]/,
    );
    const unknown = { latent: [2, 4, 4], positions: "nearest" } as never;
    expect(() => resizeGrid(parameters, config, unknown)).toThrow(expect.toSatisfy((e) => isGMemError(e, "CONFIG")));
  });
});

describe("the bicubic table", () => {
  it("has PyTorch's weights at a quarter: −0.035, 0.262, 0.879, −0.105", () => {
    const impulse = array([0, 0, 0, 1, 0, 0, 0, 0], [1, 8, 1]);
    const { data } = bicubicTable(impulse, { rows: 1, columns: 8 }, { rows: 1, columns: 16 });
    const expected = [-0.03515625, -0.10546875, 0.26171875, 0.87890625];
    expect(data.subarray(3, 7)).toBeAllclose(expected);
    expect(data.subarray(7, 11)).toBeAllclose([...expected].reverse());
  });

  it("repeats the border, keeps constants and works axis by axis", () => {
    const table = key(0).normal([1, 12, 2]);
    const [from, to] = [
      { rows: 3, columns: 4 },
      { rows: 5, columns: 7 },
    ];
    const at = (r: number, c: number, k: number): number =>
      table.data[(Math.min(Math.max(r, 0), 2) * 4 + Math.min(Math.max(c, 0), 3)) * 2 + k] as number;
    const cubic = (d: number): number =>
      d <= 1 ? 1.25 * d ** 3 - 2.25 * d ** 2 + 1 : -0.75 * d ** 3 + 3.75 * d ** 2 - 6 * d + 3;
    const expected = tokens([5, 7], (r, c) =>
      [0, 1].map((k) => {
        const [y, x] = [((r + 0.5) * 3) / 5 - 0.5, ((c + 0.5) * 4) / 7 - 0.5];
        let sum = 0;
        for (let i = Math.floor(y) - 1; i <= Math.floor(y) + 2; i++)
          for (let j = Math.floor(x) - 1; j <= Math.floor(x) + 2; j++)
            sum += cubic(Math.abs(y - i)) * cubic(Math.abs(x - j)) * at(i, j, k);
        return sum;
      }),
    );
    expect(bicubicTable(table, from, to).data).toBeAllclose(expected);
    const ones = array(new Float32Array(24).fill(1), [1, 12, 2]);
    expect(bicubicTable(ones, from, to).data).toBeAllclose(new Float32Array(70).fill(1));
  });
});
