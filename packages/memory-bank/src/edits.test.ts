import { mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { array, isGMemError, key, type NDArray } from "@gmem/tensor";
import { writeSafetensors } from "@gmem/weights";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import "@gmem/testing";
import {
  append,
  build,
  compress,
  concatBanks,
  groupByClass,
  interpolate,
  nearest,
  openBank,
  openJournal,
  reduce,
  remove,
  report,
  saveBank,
  select,
  subset,
} from "./index.ts";

const [size, dim] = [60, 10];
const features = key(0).normal([size, dim]);
const labels = Int32Array.from({ length: size }, (_, i) => i % 5);
const sources = Array.from({ length: size }, (_, i) => `photos/${i} é.jpg`);
const bank = build(features, { encoderId: "e1", labels, sources });
const all = Int32Array.from({ length: size }, (_, i) => i);
const norms = (x: NDArray<"f32">): number[] => {
  const [n = 0, d = 0] = x.shape;
  return Array.from({ length: n }, (_, i) => Math.hypot(...x.data.subarray(i * d, (i + 1) * d)));
};
let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "bank-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("build", () => {
  it("makes unit rows", async () => {
    for (const norm of norms(await bank.at(all))) expect(Math.abs(norm - 1)).toBeLessThan(1e-6);
  });
  it("refuses NaN, infinite and zero features by the name of their image", () => {
    for (const [bad, code] of [
      [Number.NaN, "NON_FINITE"],
      [Number.NEGATIVE_INFINITY, "NON_FINITE"],
      [0, "BANK"],
    ] as const) {
      const data = Float32Array.of(1, 2, bad, bad === 0 ? 0 : 1);
      const run = (): unknown => build(array(data, [2, 2]), { sources: ["a.png", "b.png"] });
      expect(run).toThrow(/^b\.png: features must/);
      expect(run).toThrow(expect.toSatisfy((e) => isGMemError(e, code)));
    }
  });
  it("refuses labels, sources and rows that do not match", async () => {
    expect(() => build(features, { labels: Int32Array.of(1) })).toThrow(/label for each of 60/);
    expect(() => build(features, { sources: ["a"] })).toThrow(/source for each of 60/);
    expect(() => build(array([], [0, 4]))).toThrow(/at least one row/);
    await expect(bank.at(Int32Array.of(60))).rejects.toThrow(/row 60 is outside/);
    await expect(bank.at(Int32Array.of(-1))).rejects.toThrow(/row -1 is outside/);
  });
});

describe("a bank on disk", () => {
  it("opens with the rows, labels, names, index and moments it was saved with", async () => {
    const path = join(folder, "a.safetensors");
    const spec = { kind: "hash", seed: 9 } as const;
    await saveBank(build(features, { encoderId: "e1", preprocessing: "p", labels, sources, index: spec }), path);
    const opened = await openBank(path);
    expect([opened.size, opened.dim, opened.encoderId, opened.preprocessing]).toEqual([size, dim, "e1", "p"]);
    expect(opened.index).toEqual(spec);
    expect(opened.labels).toEqual(labels);
    expect(await opened.sources?.()).toEqual(sources);
    expect(await opened.at(Int32Array.of(59, 0, 59))).toEqual(await bank.at(Int32Array.of(59, 0, 59)));
    expect((await opened.moments?.())?.scatter).toEqual((await bank.moments?.())?.scatter);
    await opened.close();
  });
  it("keeps compressed banks and half precision", async () => {
    const path = join(folder, "b.safetensors");
    const small = await compress(bank, { rank: 4, path });
    expect([small.rank, small.size]).toEqual([4, size]);
    const inMemory = await compress(bank, { rank: 4 });
    expect(await small.at(all)).toBeAllclose(await inMemory.at(all), { atol: 1e-6 });
    const half = join(folder, "c.safetensors");
    await saveBank(small, half, { floats: "f16" });
    const halfBank = await openBank(half);
    expect(await halfBank.at(all)).toBeAllclose(await small.at(all), { atol: 2e-3 });
    for (const norm of norms(await halfBank.at(all))) expect(Math.abs(norm - 1)).toBeLessThan(1e-6);
    await halfBank.close();
    await small.close();
  });
  it("that is truncated, foreign or damaged is refused with a typed error", async () => {
    const path = join(folder, "d.safetensors");
    await saveBank(bank, path);
    await truncate(path, 1000);
    await expect(openBank(path)).rejects.toSatisfy((e) => isGMemError(e, "FORMAT"));
    await writeSafetensors(path, { w: array([1]) });
    await expect(openBank(path)).rejects.toThrow(/must be a memory bank/);
    await writeSafetensors(path, { snippets: array([1, 2, 3], [3]) }, { metadata: { format: "gmem-bank-1" } });
    await expect(openBank(path)).rejects.toThrow(/must be \[rows, width\]/);
    await writeSafetensors(
      path,
      { snippets: array([1, 0], [1, 2]), labels: array([1, 2], [2], "i32") },
      { metadata: { format: "gmem-bank-1" } },
    );
    await expect(openBank(path)).rejects.toThrow(/"labels": must be \[1\], got \[2\]/);
    await writeSafetensors(
      path,
      { snippets: array([1, 0], [1, 2]) },
      { metadata: { format: "gmem-bank-1", index: "{}" } },
    );
    await expect(openBank(path)).rejects.toThrow(/metadata "index"/);
    await expect(openBank(join(folder, "none"))).rejects.toSatisfy((e) => isGMemError(e, "WEIGHTS"));
  });
  it("of one row works through", async () => {
    const path = join(folder, "one.safetensors");
    await saveBank(build(array([3, 4], [1, 2])), path);
    const one = await openBank(path);
    expect(await one.at(one.indexOf(key(0).normal([3, 1, 2, 2])))).toBeAllclose(
      array([0.6, 0.8, 0.6, 0.8, 0.6, 0.8], [3, 2]),
      { atol: 1e-7 },
    );
    await one.close();
  });
});

describe("edits give new banks", () => {
  it("append, remove and select keep rows, labels and names together", async () => {
    const { bank: longer } = append(bank, key(1).normal([2, dim]), {
      labels: Int32Array.of(3, -1),
      sources: ["x", "y"],
    });
    const shorter = remove(longer, Int32Array.of(0, 60));
    expect([bank.size, longer.size, shorter.size]).toEqual([60, 62, 60]);
    expect(await shorter.at(Int32Array.of(0, 59))).toEqual(await longer.at(Int32Array.of(1, 61)));
    expect(shorter.labels?.at(-1)).toBe(-1);
    expect((await shorter.sources?.())?.at(-1)).toBe("y");
    expect(await select(longer, Int32Array.of(61, 3, 61)).at(Int32Array.of(0, 1, 2))).toEqual(
      await longer.at(Int32Array.of(61, 3, 61)),
    );
    expect(() => remove(bank, Int32Array.of(60))).toThrow(/outside/);
    expect(() => remove(bank, all)).toThrow(/at least one row/);
  });
  it("append updates the moments as a build of all rows would", async () => {
    const extra = key(1).normal([3, dim]);
    const whole = build(array(Float32Array.from([...features.data, ...extra.data]), [63, dim]));
    const grown = append(bank, extra).bank;
    expect((await grown.moments?.())?.scatter).toBeAllclose((await whole.moments?.())?.scatter ?? [], { atol: 1e-12 });
  });
  it("subset draws distinct rows, balanced over classes on request", () => {
    for (const strategy of ["uniform", "balanced"] as const) {
      const some = subset(bank, 13, { seed: 4, strategy });
      expect(some.size).toBe(13);
      const counts = [...groupByClass(some).values()].map((rows) => rows.length);
      if (strategy === "balanced") expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    }
    expect(subset(bank, 60, { seed: 0 }).labels).toEqual(labels);
    expect(() => subset(bank, 61, { seed: 0 })).toThrow(/1…60/);
    expect(() => groupByClass(build(features))).toThrow(/must have labels/);
  });
  it("reduce keeps k rows or averages a class and reports short classes", async () => {
    const uneven = build(features, {
      labels: Int32Array.from({ length: size }, (_, i) => (i < 2 ? 0 : i < 30 ? 1 : 3)),
    });
    for (const pick of ["random", "average"] as const) {
      const { bank: small, weights, short, unlabelled } = await reduce(uneven, { pick, perClass: 5, seed: 1 });
      expect([...(small.labels ?? [])]).toEqual([0, 0, 1, 1, 1, 1, 1, 3, 3, 3, 3, 3]);
      expect(short).toEqual([{ label: 0, rows: 2 }]);
      expect(unlabelled).toBe(0);
      expect(weights.reduce((sum, w) => sum + w, 0)).toBeCloseTo(1, 6);
      for (const norm of norms(await small.at(Int32Array.of(0, 5, 11)))) expect(norm).toBeCloseTo(1, 6);
    }
    const { bank: grown } = append(uneven, key(5).normal([3, dim]));
    expect(await reduce(grown, { pick: "random", perClass: 5, seed: 1 })).toMatchObject({
      unlabelled: 3,
      bank: { size: 12 },
    });
    const { bank: means } = await reduce(uneven, { pick: "average", perClass: 1, seed: 0 });
    const members = await uneven.at(Int32Array.of(0, 1));
    const sum = members.data.subarray(0, dim).map((value, i) => value + (members.data[dim + i] as number));
    const length = Math.hypot(...sum);
    expect((await means.at(Int32Array.of(0))).data).toBeAllclose(
      sum.map((value) => value / length),
      { atol: 1e-6 },
    );
  });
  it("concat refuses another encoder or width, naming both", async () => {
    const joined = concatBanks([bank, build(features, { encoderId: "e1" })]);
    expect(joined.size).toBe(120);
    expect(joined.labels?.[100]).toBe(-1);
    expect(await joined.at(Int32Array.of(119, 1))).toEqual(await bank.at(Int32Array.of(59, 1)));
    expect(() => concatBanks([bank, build(features, { encoderId: "e2" })])).toThrow(/e1 .* and e2 /);
    expect(() => concatBanks([bank, build(key(0).normal([2, 3]), { encoderId: "e1" })])).toThrow(
      /d = 10.* and .*d = 3/,
    );
  });
  it("concat joins a compressed bank with an uncompressed one", async () => {
    const small = await compress(bank, { rank: dim });
    const joined = concatBanks([small, bank]);
    expect(joined.rank).toBeUndefined();
    expect(await joined.at(Int32Array.of(5, 65))).toBeAllclose(await bank.at(Int32Array.of(5, 5)), { atol: 1e-5 });
    expect(concatBanks([small, small]).rank).toBe(dim);
  });
  it("report counts rows, classes and duplicates", async () => {
    const twice = concatBanks([bank, select(bank, Int32Array.of(3))]);
    expect(await report(twice)).toMatchObject({ rows: 61, dim, duplicates: 1, bytes: 4 * 61 * dim });
  });
});

describe("interpolate", () => {
  const unit = (seed: number): NDArray<"f32"> => key(seed).normal([8]);
  it("gives unit vectors, also between opposite and equal snippets", () => {
    fc.assert(
      fc.property(
        fc.nat(50),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.constantFrom("linear", "spherical", "concat", "mask"),
        (seed, weight, method) => {
          const a = interpolate(unit(seed), unit(seed), { weightOfSecond: 0 });
          const opposite = array(a.data.map((value) => -value));
          return [a, opposite, interpolate(unit(seed + 1), unit(seed + 1), { weightOfSecond: 0 })].every((b) => {
            const { data } = interpolate(a, b, { weightOfSecond: weight, method: method as "linear" });
            return Math.abs(Math.hypot(...data) - 1) < 1e-5;
          });
        },
      ),
    );
  });
  it("ends at both snippets and is the same from the other side", () => {
    const [a, b] = [
      interpolate(unit(1), unit(1), { weightOfSecond: 0 }),
      interpolate(unit(2), unit(2), { weightOfSecond: 0 }),
    ];
    for (const method of ["linear", "spherical"] as const) {
      expect(interpolate(a, b, { weightOfSecond: 0, method })).toBeAllclose(a, { atol: 1e-6 });
      expect(interpolate(a, b, { weightOfSecond: 1, method })).toBeAllclose(b, { atol: 1e-6 });
      expect(interpolate(a, b, { weightOfSecond: 0.3, method })).toBeAllclose(
        interpolate(b, a, { weightOfSecond: 0.7, method }),
        { atol: 1e-6 },
      );
    }
    expect(interpolate(a, b, { weightOfSecond: 1, method: "mask" })).toBeAllclose(b, { atol: 1e-6 });
    expect(() => interpolate(a, array([1, 2]), { weightOfSecond: 0.5 })).toThrow(/one shape/);
  });
});

describe("nearest", () => {
  it("finds what a full sort finds, in both forms of the bank", async () => {
    const queries = build(key(9).normal([7, dim]));
    const q = await queries.at(Int32Array.from({ length: 7 }, (_, i) => i));
    for (const searched of [bank, await compress(bank, { rank: 4 })]) {
      const rows = await searched.at(all);
      const { rows: found, scores } = await nearest(searched, q, { k: 4 });
      for (let i = 0; i < 7; i++) {
        const products = [...all].map((row) => {
          let sum = 0;
          for (let j = 0; j < dim; j++) sum += (rows.data[row * dim + j] as number) * (q.data[i * dim + j] as number);
          return sum;
        });
        const order = [...all].sort((a, b) => (products[b] as number) - (products[a] as number)).slice(0, 4);
        expect([...found.data.subarray(i * 4, i * 4 + 4)]).toEqual(order);
        expect(scores.data.subarray(i * 4, i * 4 + 4)).toBeAllclose(
          order.map((row) => products[row] as number),
          { atol: 1e-6 },
        );
      }
    }
  });
  it("can leave a query's own row out, and gives what there is when k is large", async () => {
    const own = await bank.at(all);
    const with_ = await nearest(bank, own, { k: 1 });
    expect(with_.rows.data).toEqual(all);
    const without = await nearest(bank, own, { k: 3, exclude: all });
    expect(without.rows.shape).toEqual([size, 3]);
    without.rows.data.forEach((row, at) => {
      expect(row).not.toBe(Math.floor(at / 3));
    });
    expect((await nearest(bank, own, { k: 500 })).rows.shape).toEqual([size, size]);
    await expect(nearest(bank, key(0).normal([1, 3]), { k: 1 })).rejects.toThrow(/\[q,10\]/);
  });
});

describe("journal", () => {
  it("plays edits back, and undo restores the bank bit by bit", async () => {
    const path = join(folder, "edits.jsonl");
    const journal = await openJournal(bank, path);
    const before = join(folder, "before.safetensors");
    await saveBank(journal.bank, before);
    await journal.apply({ kind: "append", features: key(3).normal([2, dim]), labels: [1, 2], sources: ["p", "q"] });
    await journal.apply({ kind: "interpolate", first: 0, second: 60, weightOfSecond: 0.25, method: "spherical" });
    await journal.apply({ kind: "remove", rows: [1, 2] });
    const edited = await journal.bank.at(Int32Array.from({ length: 61 }, (_, i) => i));
    const replayed = await openJournal(bank, path);
    expect(await replayed.bank.at(Int32Array.from({ length: 61 }, (_, i) => i))).toEqual(edited);
    expect(await replayed.bank.sources?.()).toEqual(await journal.bank.sources?.());
    for (let i = 0; i < 3; i++) await replayed.undo();
    const after = join(folder, "after.safetensors");
    await saveBank(replayed.bank, after);
    expect(await readFile(after)).toEqual(await readFile(before));
    expect(replayed.canUndo).toBe(false);
    await expect(replayed.undo()).rejects.toThrow(/undo needs an edit/);
    for (let i = 0; i < 3; i++) await replayed.redo();
    expect(await (await openJournal(bank, path)).bank.at(Int32Array.from({ length: 61 }, (_, i) => i))).toEqual(edited);
    await replayed.undo();
    await replayed.apply({ kind: "remove", rows: [0] });
    expect(replayed.canRedo).toBe(false);
  });
  it("writes nothing for an edit that fails and refuses a foreign one", async () => {
    const path = join(folder, "foreign.jsonl");
    const journal = await openJournal(bank, path);
    await journal.apply({ kind: "remove", rows: [5] });
    await expect(journal.apply({ kind: "remove", rows: [99] })).rejects.toThrow(/outside/);
    const text = await readFile(path, "utf8");
    expect(text.split("\n")).toHaveLength(3);
    await writeFile(path, `${text}{"op":"paint"}\n`);
    await expect(openJournal(bank, path)).rejects.toThrow(/foreign\.jsonl:3: must be an edit/);
    await writeFile(path, '{"op":"remove","rows":[1000]}\n');
    await expect(openJournal(bank, path)).rejects.toThrow(/another bank/);
  });
});
