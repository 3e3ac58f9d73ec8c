import { describe, expect, it } from "vitest";
import { isGMemError } from "../errors.ts";
import { key } from "../rng.ts";
import { cholesky, congruence, matmulF64, RunningMoments, symmetricEigen, symmetricEigenSync } from "./index.ts";

const random = (length: number, seed = 0): Float64Array => Float64Array.from(key(seed).normal([length]).data);

function symmetric(n: number, seed = 0): Float64Array {
  const x = random(n * n, seed);
  return x.map((value, at) => (value + (x[(at % n) * n + Math.floor(at / n)] as number)) / 2);
}

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs((a[i] as number) - (b[i] as number)));
  return largest;
}

const identity = (n: number): Float64Array =>
  Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0));

function transpose(x: Float64Array, n: number): Float64Array {
  return x.map((_, at) => x[(at % n) * n + Math.floor(at / n)] as number);
}

async function expectEigen(a: Float64Array, n: number): Promise<Float64Array> {
  const { values, vectors } = await symmetricEigen(a, n);
  const av = matmulF64(a, vectors, { m: n, k: n, n });
  const scale = Math.max(1, ...a.map(Math.abs));
  expect(
    largestDifference(
      av,
      vectors.map((value, at) => value * (values[at % n] as number)),
    ),
  ).toBeLessThan(1e-13 * n * scale);
  const gram = matmulF64(transpose(vectors, n), vectors, { m: n, k: n, n });
  expect(largestDifference(gram, identity(n))).toBeLessThan(1e-13 * n);
  expect([...values].sort((x, y) => y - x)).toEqual([...values]);
  return values;
}

describe("symmetricEigen", () => {
  it.each([1, 2, 3, 4, 5, 7, 16, 33, 97, 130])("solves a random matrix of %i rows to rounding", async (n) => {
    await expectEigen(symmetric(n, n), n);
  });
  it("knows the spectrum of the second-difference matrix", async () => {
    const n = 40;
    const a = Float64Array.from({ length: n * n }, (_, at) => {
      const distance = Math.abs(Math.floor(at / n) - (at % n));
      return distance === 0 ? 2 : distance === 1 ? -1 : 0;
    });
    const expected = Float64Array.from({ length: n }, (_, k) => 2 - 2 * Math.cos((Math.PI * (n - k)) / (n + 1)));
    expect(largestDifference(await expectEigen(a, n), expected)).toBeLessThan(1e-13);
  });
  it("solves diagonal, zero, constant, identity and rank-one matrices", async () => {
    const n = 12;
    const diagonal = identity(n).map((value, at) => value * ((at % n) - 4));
    expect(
      largestDifference(
        await expectEigen(diagonal, n),
        Float64Array.from({ length: n }, (_, i) => 7 - i),
      ),
    ).toBe(0);
    expect(Math.max(...(await expectEigen(new Float64Array(n * n), n)))).toBe(0);
    await expectEigen(identity(n), n);
    expect((await expectEigen(new Float64Array(n * n).fill(1), n))[0]).toBeCloseTo(n, 12);
    const x = random(n);
    const values = await expectEigen(matmulF64(x, x, { m: n, k: 1, n }), n);
    expect(values.subarray(1).every((value) => Math.abs(value) < 1e-13)).toBe(true);
  });
  it("finds the null space of a rank-deficient Gram matrix", async () => {
    const [n, rank] = [120, 9];
    const x = random(n * rank, 3);
    const values = await expectEigen(matmulF64(x, x, { m: n, k: rank, n, transposeB: true }), n);
    expect(values[rank - 1]).toBeGreaterThan(1);
    expect(values.subarray(rank).every((value) => Math.abs(value) < 1e-11)).toBe(true);
  });
  it("keeps its relative accuracy for very large and very small entries", async () => {
    for (const scale of [1e-200, 1e150]) {
      const values = (
        await symmetricEigen(
          symmetric(8).map((value) => value * scale),
          8,
        )
      ).values;
      const plain = symmetricEigenSync(symmetric(8), 8).values;
      expect(
        largestDifference(
          values.map((value) => value / scale),
          plain,
        ),
      ).toBeLessThan(1e-14);
    }
  });
  it("gives the same values without vectors, in the thread or in a worker", async () => {
    const a = symmetric(130, 5);
    const { values } = await symmetricEigen(a, 130, { vectors: false });
    expect(largestDifference(values, symmetricEigenSync(a, 130).values)).toBeLessThan(1e-13);
  });
  it("takes an empty matrix and refuses NaN, infinity and wrong sizes", async () => {
    expect((await symmetricEigen(new Float64Array(), 0)).values).toHaveLength(0);
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY])
      await expect(symmetricEigen(Float64Array.of(1, 0, bad, 1), 2)).rejects.toSatisfy((e) =>
        isGMemError(e, "NON_FINITE"),
      );
    await expect(symmetricEigen(new Float64Array(5), 2)).rejects.toSatisfy((e) => isGMemError(e, "SHAPE"));
  });
});

/** A positive definite matrix: x xᵀ with more columns than rows. */
function positive(n: number): Float64Array {
  const x = random(n * 2 * n, 1);
  return matmulF64(x, x, { m: n, k: 2 * n, n, transposeB: true });
}

const source = (row: number): number => (row === 140 ? 20 : row);

describe("cholesky", () => {
  it.each([1, 30, 64, 65, 200])("gives L with L Lᵀ = A for %i rows", (n) => {
    const l = cholesky(positive(n), { n });
    const product = matmulF64(l, l, { m: n, k: n, n, transposeB: true });
    expect(largestDifference(product, positive(n))).toBeLessThan(2e-14 * n * n);
    expect(l.every((value, at) => at % n <= Math.floor(at / n) || value === 0)).toBe(true);
  });
  it("names the row of a bad pivot, and takes linear dependence beyond the first block of columns", () => {
    const n = 150;
    const a = positive(n);
    const bad = a.with(100 * n + 100, -1);
    expect(() => cholesky(bad, { n })).toThrow(/pivot -[\d.]+ in row 100/);
    expect(() => cholesky(bad, { n, semidefinite: true })).toThrow(/in row 100/);
    const copied = a.map((_, at) => a[source(Math.floor(at / n)) * n + source(at % n)] as number); // row 140 is row 20
    const l = cholesky(copied, { n, semidefinite: true });
    expect(l[140 * n + 140]).toBe(0);
    expect(largestDifference(matmulF64(l, l, { m: n, k: n, n, transposeB: true }), copied)).toBeLessThan(1e-10);
  });
  it("refuses an indefinite matrix and, on request, takes a singular one", () => {
    expect(() => cholesky(Float64Array.of(1, 2, 2, 1), { n: 2 })).toThrow(/positive definite, got pivot -3 in row 1/);
    expect(() => cholesky(Float64Array.of(1, 1, 1, 1), { n: 2 })).toThrow(/positive definite/);
    expect([...cholesky(Float64Array.of(1, 1, 1, 1), { n: 2, semidefinite: true })]).toEqual([1, 0, 1, 0]);
    expect(() => cholesky(Float64Array.of(1, 2, 2, 1), { n: 2, semidefinite: true })).toThrow(/positive definite/);
  });
});

describe("congruence", () => {
  it.each([0, 1, 5, 128, 131, 300])("equals Lᵀ B L for %i rows", (n) => {
    const l = random(n * n, 1).map((value, at) => (at % n <= Math.floor(at / n) ? value : 0));
    const b = symmetric(n, 2);
    const right = matmulF64(b, l, { m: n, k: n, n });
    const expected = matmulF64(transpose(l, n), right, { m: n, k: n, n });
    expect(largestDifference(congruence(l, b, { n }), expected)).toBeLessThan(1e-10);
  });
  it("refuses matrices of another size", () => {
    expect(() => congruence(new Float64Array(4), new Float64Array(3), { n: 2 })).toThrow(/n² = 4 entries/);
  });
});

describe("RunningMoments", () => {
  const [rows, dim] = [700, 6];
  const data = Float32Array.from(random(rows * dim, 2), (value, at) => value + (at % dim));
  it("equals the two-pass formulas", () => {
    const moments = new RunningMoments(dim).add(data);
    const mean = Float64Array.from(
      { length: dim },
      (_, j) => data.reduce((sum, v, at) => (at % dim === j ? sum + v : sum), 0) / rows,
    );
    const centred = Float64Array.from(data, (value, at) => value - (mean[at % dim] as number));
    const columns = Float64Array.from(
      { length: rows * dim },
      (_, at) => centred[(at % rows) * dim + Math.floor(at / rows)] as number,
    );
    const scatter = matmulF64(columns, columns, { m: dim, k: rows, n: dim, transposeB: true });
    expect(moments.count).toBe(rows);
    expect(largestDifference(moments.mean, mean)).toBeLessThan(1e-13);
    expect(largestDifference(moments.scatter, scatter)).toBeLessThan(1e-10);
  });
  it("merges shards to what one pass gives, in any grouping, also after a round trip", () => {
    const whole = new RunningMoments(dim).add(data);
    const shards = [0, 1, 2, 150, 151, 640, 700].slice(1).map((end, i, ends) => {
      const start = i === 0 ? 0 : (ends[i - 1] as number);
      return new RunningMoments(dim).add(data.subarray(start * dim, end * dim));
    });
    const merged = shards.reduce((sum, shard) => sum.merge(RunningMoments.from(shard)), new RunningMoments(dim));
    expect(merged.count).toBe(rows);
    expect(largestDifference(merged.mean, whole.mean)).toBeLessThan(1e-13);
    expect(largestDifference(merged.scatter, whole.scatter)).toBeLessThan(1e-10);
  });
  it("refuses NaN and partial rows", () => {
    expect(() => new RunningMoments(2).add(Float32Array.of(1, Number.NaN))).toThrow(/finite/);
    expect(() => new RunningMoments(2).add(Float32Array.of(1, 2, 3))).toThrow(/rows of 2/);
    expect(() => new RunningMoments(2).merge(new RunningMoments(3))).toThrow(/mean \[2\]/);
  });
});

describe("matmulF64", () => {
  it.each([
    [1, 1, 1],
    [4, 4, 4],
    [5, 3, 7],
    [9, 8, 6],
    [3, 0, 2],
    [67, 300, 5],
    [2, 3, 521],
  ] as const)("multiplies [%i,%i] by [.,%i]", (m, k, n) => {
    const [a, b] = [random(m * k, 1), random(k * n, 2)];
    const expected = Float64Array.from({ length: m * n }, (_, at) => {
      let sum = 0;
      for (let q = 0; q < k; q++) sum += (a[Math.floor(at / n) * k + q] as number) * (b[q * n + (at % n)] as number);
      return sum;
    });
    expect(largestDifference(matmulF64(a, b, { m, k, n }), expected)).toBeLessThan(1e-12);
    expect(matmulF64(Float32Array.from(a), Float32Array.from(b), { m, k, n })).toEqual(matmulF64(a, b, { m, k, n }));
  });
  it("gives x xᵀ exactly symmetric, and equal to the product of x and a copy", () => {
    const [n, k] = [150, 270];
    const x = random(n * k, 4);
    const gram = matmulF64(x, x, { m: n, k, n, transposeB: true });
    expect(gram).toEqual(transpose(gram, n));
    expect(gram).toEqual(matmulF64(x, x.slice(), { m: n, k, n, transposeB: true }));
  });
  it("gives a row the same numbers alone and among others", () => {
    const [m, k, n] = [70, 300, 9];
    const [a, b] = [random(m * k, 5), random(k * n, 6)];
    const whole = matmulF64(a, b, { m, k, n });
    for (const i of [0, 3, 69])
      expect(matmulF64(a.slice(i * k, (i + 1) * k), b, { m: 1, k, n })).toEqual(whole.slice(i * n, (i + 1) * n));
  });
});
