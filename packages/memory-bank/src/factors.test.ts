import { array, key, type NDArray } from "@gmem/tensor";
import { readSafetensors } from "@gmem/weights";
import { beforeAll, describe, expect, it } from "vitest";
import "@gmem/testing";
import {
  append,
  build,
  compress,
  concatBanks,
  factorize,
  interpolate,
  project,
  reconstruct,
  reconstructRows,
} from "./index.ts";

const floats = (value: NDArray | undefined): NDArray<"f32"> => {
  if (!value || !(value.data instanceof Float32Array)) throw new TypeError("the fixture must have this tensor as F32");
  return { dtype: "f32", shape: value.shape, data: value.data };
};
const row = (x: NDArray<"f32">, i: number): NDArray<"f32"> => {
  const width = x.shape[1] as number;
  return array(x.data.slice(i * width, (i + 1) * width), [1, width]);
};
const stack = (...parts: NDArray<"f32">[]): NDArray<"f32"> => {
  const width = parts[0]?.shape.at(-1) as number;
  const data = Float32Array.from(parts.flatMap((part) => [...part.data]));
  return array(data, [data.length / width, width]);
};
const fixture = (name: string): string => new URL(`../test/fixtures/${name}`, import.meta.url).pathname;

describe("the official compressed bank (gmem_bank.a)", () => {
  let t: Readonly<Record<string, NDArray>> = {};
  beforeAll(async () => {
    t = (await readSafetensors(fixture("gmem_bank.a.safetensors"))).tensors;
  });
  it.each(["exact", "randomized"] as const)("has the same factors and rows: %s", async (method) => {
    const { factors, coefficients } = await factorize(floats(t["in/bank"]), { rank: 8, method });
    expect(coefficients).toBeAllclose(floats(t["dmd/C"]), { atol: 5e-4 });
    expect(factors.basis).toBeAllclose(floats(t["dmd/M"]), { atol: 5e-4 });
    expect(factors.singular).toBeAllclose(floats(t["dmd/S"]), { atol: 5e-4 });
    expect(factors.mean).toBeAllclose(floats(t["dmd/mean"]), { atol: 1e-5 });
    const all = reconstructRows(factors, coefficients);
    expect(all).toBeAllclose(floats(t["dmd/get_all"]), { atol: 1e-4 });
    expect(row(all, 63).data).toBeAllclose(floats(t["dmd/get_neg1"]).data, { atol: 1e-4 });
    // the official get_interpolated of this bank returns coefficients; its alpha is the weight of the first
    const blend = interpolate(row(coefficients, 3), row(coefficients, 11), { weightOfSecond: 0.7, renormalize: false });
    expect(blend.data).toBeAllclose(floats(t["dmd/get_interpolated_3_11_a0.3_COEFFS"]).data, { atol: 5e-4 });
  });
  it("appends as eq. 3 and interpolates in coefficients as eq. 4", async () => {
    const { factors, coefficients } = await factorize(floats(t["in/bank"]), { rank: 8 });
    const snippet = array(floats(t["in/snippet"]).data, [1, 24]);
    const added = project(factors, snippet);
    expect(added.data).toBeAllclose(floats(t["dmd/C_new"]).data, { atol: 5e-4 });
    expect(floats(t["dmd/add_exact"]).data).toBeAllclose(reconstructRows(factors, added).data, { atol: 1e-4 });
    const rows = reconstructRows(factors, coefficients);
    const blend = interpolate(row(rows, 5), row(rows, 9), { weightOfSecond: 0.75, renormalize: false });
    expect(floats(t["dmd/add_interpolated_5_9_a0.25"]).data).toBeAllclose(blend.data, { atol: 1e-4 });
    expect(project(factors, blend).data).toBeAllclose(floats(t["dmd/C_new2"]).data, { atol: 5e-4 });
  });
  it("blends and grows the uncompressed bank alike", () => {
    const bank = floats(t["in/bank"]);
    expect(row(bank, 7).data).toBeAllclose(floats(t["full/get_7"]).data, { atol: 0 });
    const blend = (i: number, j: number, alpha: number): NDArray<"f32"> =>
      interpolate(row(bank, i), row(bank, j), { weightOfSecond: 1 - alpha, renormalize: false });
    expect(blend(3, 11, 0.3).data).toBeAllclose(floats(t["full/get_interpolated_3_11_a0.3"]).data, { atol: 1e-5 });
    expect(blend(5, 9, 0.25).data).toBeAllclose(floats(t["full/add_interpolated_5_9_a0.25"]).data, { atol: 1e-5 });
    const grown = stack(bank, floats(t["in/snippet"]), blend(5, 9, 0.25));
    expect(grown).toBeAllclose(floats(t["full/final_bank"]), { atol: 1e-5 });
  });
});

describe("factors", () => {
  const features = key(0).normal([40, 12]);
  it("of full rank reproduce the bank to 1e-5", async () => {
    const bank = build(features);
    const all = Int32Array.from({ length: 40 }, (_, i) => i);
    const full = await compress(bank, { rank: 12 });
    expect(full.rank).toBe(12);
    expect(await full.at(all)).toBeAllclose(await bank.at(all), { atol: 1e-5 });
    expect(await reconstruct(full).at(all)).toBeAllclose(await bank.at(all), { atol: 1e-5 });
  });
  it("of a bank in seven shards are those of one pass", async () => {
    const ends = [3, 4, 11, 20, 21, 33, 40];
    const shards = ends.map((end, i) => {
      const start = i === 0 ? 0 : (ends[i - 1] as number);
      return build(array(features.data.slice(start * 12, end * 12), [end - start, 12]));
    });
    const whole = await compress(build(features), { rank: 5 });
    const merged = await compress(concatBanks(shards), { rank: 5 });
    expect(merged.factors?.basis).toBeAllclose(whole.factors?.basis ?? array([]), { atol: 1e-6 });
    expect(merged.factors?.singular).toBeAllclose(whole.factors?.singular ?? array([]), { atol: 1e-6 });
    expect(await merged.rows.slice(0, 40)).toBeAllclose(await whole.rows.slice(0, 40), { atol: 1e-5 });
  });
  it("lose what the dropped singular values say: Σ_{j>r} S_j² = squared residual", async () => {
    const all = await factorize(features, { rank: 12 });
    const { factors, coefficients } = await factorize(features, { rank: 5 });
    const back = reconstructRows(factors, coefficients);
    const squared = features.data.reduce((sum, value, at) => sum + (value - (back.data[at] as number)) ** 2, 0);
    const dropped = all.factors.singular.data.subarray(5).reduce((sum, s) => sum + s * s, 0);
    expect(Math.abs(squared - dropped)).toBeLessThan(1e-5 * dropped);
  });
  it("give a snippet that the bank holds the coefficients it had (eqs. 2 and 3)", async () => {
    const bank = await compress(build(features), { rank: 6 });
    const { bank: longer } = append(bank, row(features, 7));
    expect(await longer.at(Int32Array.of(40))).toBeAllclose(await bank.at(Int32Array.of(7)), { atol: 1e-5 });
  });
  it("report what an appended row loses", async () => {
    const flat = features.data.map((value, at) => (at % 12 < 4 ? value : 0));
    const bank = await compress(build(array(flat, [40, 12])), { rank: 4 });
    const [inside, outside] = append(
      bank,
      array(Float32Array.from([...flat.subarray(0, 12), ...Array(11).fill(0), 1]), [2, 12]),
    ).residuals;
    expect(inside).toBeLessThan(1e-5);
    expect(outside).toBeGreaterThan(0.5);
  });
  it("take fewer rows than columns, duplicates, a rank above the directions that exist, and one row", async () => {
    const duplicated = array(
      Float32Array.from([...features.data.subarray(0, 24), ...features.data.subarray(0, 24)]),
      [4, 12],
    );
    const bank = await compress(build(duplicated), { rank: 4 });
    expect(bank.rank).toBe(3);
    const all = Int32Array.of(0, 1, 2, 3);
    expect(await bank.at(all)).toBeAllclose(await build(duplicated).at(all), { atol: 1e-5 });
    const one = await compress(build(row(features, 0)), { rank: 1 });
    expect(one.rank).toBe(0);
    expect(await one.at(Int32Array.of(0, 0))).toBeAllclose(
      await build(stack(row(features, 0), row(features, 0))).at(Int32Array.of(0, 1)),
      { atol: 1e-6 },
    );
  });
  it("refuse a rank that is no positive integer, or above the rows or the width", async () => {
    for (const rank of [0, -1, 2.5, Number.NaN, 13])
      await expect(compress(build(features), { rank })).rejects.toThrow(/rank of 40 rows of width 12 must be in 1…12/);
    await expect(compress(build(row(features, 0)), { rank: 2 })).rejects.toThrow(/must be in 1…1, got 2/);
  });
  it("of the randomized method agree with the exact ones where the spectrum decays", async () => {
    const decaying = array(
      features.data.map((value, at) => value * 0.6 ** (at % 12)),
      [40, 12],
    );
    const exact = await factorize(decaying, { rank: 3 });
    const random = await factorize(decaying, { rank: 3, method: "randomized", seed: 1 });
    expect(random.factors.basis).toBeAllclose(exact.factors.basis, { atol: 1e-4 });
  });
});

describe("the official interpolations (gmem_interp.a)", () => {
  it("agree for all methods, weights and shapes", async () => {
    const { tensors: t } = await readSafetensors(fixture("gmem_interp.a.safetensors"));
    const [a, b, A, B] = ["in/a", "in/b", "in/A", "in/B"].map((name) => floats(t[name])) as [
      NDArray<"f32">,
      NDArray<"f32">,
      NDArray<"f32">,
      NDArray<"f32">,
    ];
    for (const [name, x] of [
      ["0.0", 0],
      ["0.25", 0.25],
      ["0.5", 0.5],
      ["1.0", 1],
    ] as const) {
      for (const method of ["linear", "spherical", "concat"] as const)
        expect(interpolate(a, b, { weightOfSecond: x, method, renormalize: false })).toBeAllclose(
          floats(t[`out/${method}/${name}`]),
          { atol: 1e-5 },
        );
      const rows = interpolate(A, B, { weightOfSecond: x, method: "spherical", renormalize: false });
      const expected = floats(t[`out/spherical_rows/${name}`]);
      for (const i of [0, 2, 3]) expect(row(rows, i)).toBeAllclose(row(expected, i), { atol: 1e-5 }); // row 1: equal vectors
    }
    for (const method of ["linear", "spherical", "concat"] as const)
      for (let i = 0; i < 6; i++)
        expect(interpolate(a, b, { weightOfSecond: i / 5, method }).data).toBeAllclose(
          row(floats(t[`out/pipeline6/${method}`]), i).data,
          { atol: 1e-5 },
        );
    // the reference splits a matrix by rows: a flat view of it has the same halves
    const flat = (x: NDArray<"f32">): NDArray<"f32"> => array(x.data, [x.data.length]);
    const halves = interpolate(flat(A), flat(B), { weightOfSecond: 0.5, method: "concat", renormalize: false });
    expect(halves.data).toBeAllclose(floats(t["out/concat_rows/0.5"]).data, { atol: 0 });
  });
});
