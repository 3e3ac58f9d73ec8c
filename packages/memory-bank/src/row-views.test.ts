import { array, key } from "@gmem/tensor";
import { describe, expect, it } from "vitest";
import "@gmem/testing";
import { spansOfNames } from "./bank-sources.ts";
import { append, type Bank, bankOf, build, compress, concatBanks, remove, select } from "./index.ts";
import { relabel } from "./relabel.ts";
import { spansOfRows } from "./row-views.ts";

const [size, dim] = [40, 4];
const features = key(0).normal([size, dim]);
const labels = Int32Array.from({ length: size }, (_, i) => i % 5);
const sources = Array.from({ length: size }, (_, i) => `photos/${i}.jpg`);
const built = build(features, { labels, sources });

/** Rows that a bank should have, in their order. */
interface Wanted {
  readonly feature: readonly number[];
  readonly label: number;
  readonly name: string;
}

const first: readonly Wanted[] = sources.map((name, i) => ({
  feature: [...features.data.subarray(i * dim, (i + 1) * dim)],
  label: labels[i] as number,
  name,
}));

/** A bank that is edited, beside what it should hold. */
interface Edited {
  readonly bank: Bank;
  readonly rows: readonly Wanted[];
}

function appended({ bank, rows }: Edited, added: readonly Wanted[]): Edited {
  const { bank: longer } = append(
    bank,
    array(
      added.flatMap(({ feature }) => feature),
      [added.length, dim],
    ),
    {
      labels: Int32Array.from(added, ({ label }) => label),
      sources: added.map(({ name }) => name),
    },
  );
  return { bank: longer, rows: [...rows, ...added] };
}

const selected = ({ bank, rows }: Edited, order: readonly number[]): Edited => ({
  bank: select(bank, Int32Array.from(order)),
  rows: order.map((row) => rows[row] as Wanted),
});

const removed = ({ bank, rows }: Edited, gone: readonly number[]): Edited => ({
  bank: remove(bank, Int32Array.from(gone)),
  rows: rows.filter((_, row) => !gone.includes(row)),
});

/** One edit of some kind, at random: rows appended, inserted, removed from anywhere, moved, named. */
function edited(now: Edited, i: number): Edited {
  const { bank, rows } = now;
  const [kind = 0, where = 0, more = 0] = key(1).split(i).uniform([3]).data;
  const at = Math.floor(where * rows.length);
  const count = 1 + Math.floor(3 * more);
  const fresh = Array.from({ length: count }, (_, k) => ({
    feature: [...key(2).split(i).split(k).normal([dim]).data],
    label: i % 7,
    name: `edit ${i}.${k}`,
  }));
  const all = [...rows.keys()];
  if (rows.length > 120 || (kind < 0.4 && rows.length > 3)) {
    const gone = all.slice(at, at + (rows.length > 120 ? 60 : count));
    return removed(now, gone.length === rows.length ? [0] : gone);
  }
  if (kind < 0.6) return appended(now, fresh);
  if (kind < 0.8) {
    const inserted = [...all.slice(0, at), ...fresh.map((_, k) => rows.length + k), ...all.slice(at)];
    return selected(appended(now, fresh), inserted);
  }
  if (kind < 0.9) return selected(now, [...all.slice(at), ...all.slice(0, at)]);
  const name = `renamed ${i}`;
  return { bank: relabel(bank, at, { source: name }), rows: rows.with(at, { ...(rows[at] as Wanted), name }) };
}

async function expectRows({ bank, rows }: Edited): Promise<void> {
  const direct = build(
    array(
      rows.flatMap(({ feature }) => feature),
      [rows.length, dim],
    ),
  );
  const all = Int32Array.from(rows.keys());
  expect(bank.size).toBe(rows.length);
  expect(await bank.rows.take(all)).toEqual(await direct.rows.take(all));
  expect(await bank.rows.slice(1, rows.length)).toEqual(await direct.rows.slice(1, rows.length));
  expect([...(bank.labels ?? [])]).toEqual(rows.map(({ label }) => label));
  expect(await bank.sources?.()).toEqual(rows.map(({ name }) => name));
}

/** Rows of what a view is made of, beside the bank as it was built. */
const heldBy = (bank: Bank): number => spansOfRows(bank.rows).bases.reduce((sum, base) => sum + base.size, 0) - size;

describe("ten thousand random edits", () => {
  it("give the rows, labels and names of a bank that is built of them, and hold no others", async () => {
    let now: Edited = { bank: built, rows: first };
    for (let i = 0; i < 10_000; i++) {
      now = edited(now, i);
      const { end, bases } = spansOfRows(now.bank.rows);
      expect(end.length).toBeLessThanOrEqual(now.rows.length);
      expect(heldBy(now.bank)).toBeLessThanOrEqual(2 * now.rows.length);
      expect(bases.length).toBeLessThanOrEqual(now.rows.length);
      if (i % 500 === 0) await expectRows(now);
    }
    await expectRows(now);
  });

  it("that return to the rows of the bank leave it as small as it was", async () => {
    let now: Edited = { bank: built, rows: first };
    for (let i = 0; i < 10_000; i++) {
      now = edited(now, i);
      if (i % 250 !== 249) continue;
      const both: Edited = { bank: concatBanks([now.bank, built]), rows: [...now.rows, ...first] };
      const left = (name: string, row: number): number => {
        const found = now.rows.findIndex((one) => one.name === name);
        return found >= 0 ? found : now.rows.length + row; // it was removed or renamed: inserted again where it was
      };
      now = selected(
        both,
        first.map(({ name }, row) => left(name, row)),
      );
      expect(now.bank.rows).toBe(built.rows);
      const names = spansOfNames(now.bank);
      expect([names.bases.length, names.end.length]).toEqual([1, 1]);
    }
    await expectRows({ bank: now.bank, rows: first });
  });

  it("let go of rows that were removed, when half of those of an edit are gone", async () => {
    const { bank: longer } = append(built, key(4).normal([64, dim]));
    const some = remove(
      longer,
      Int32Array.from({ length: 31 }, (_, i) => size + 2 * i),
    );
    const few = remove(
      longer,
      Int32Array.from({ length: 62 }, (_, i) => size + i),
    );
    expect([heldBy(longer), heldBy(some), heldBy(few)]).toEqual([64, 64, 2]);
    const held = (bank: Bank) => spansOfNames(bank).bases.map((base) => (Array.isArray(base) ? base.length : 0));
    expect([held(longer), held(few)]).toEqual([
      [0, 64],
      [0, 2],
    ]);
    const last = Int32Array.of(size + 62, size + 63);
    expect(await few.at(Int32Array.of(size, size + 1))).toEqual(await longer.at(last));
  });

  it("hold few parts where rows were only appended, of a compressed bank too", async () => {
    for (const bank of [built, await compress(built, { rank: 3 })]) {
      let one = bank;
      const extra = key(3).normal([1000, dim]);
      for (let i = 0; i < 1000; i++)
        one = append(one, array(extra.data.subarray(i * dim, (i + 1) * dim), [1, dim])).bank;
      const { bank: whole } = append(bank, extra);
      expect(spansOfRows(one.rows).bases.length).toBeLessThanOrEqual(11);
      expect(spansOfNames(one).bases.length).toBeLessThanOrEqual(11);
      const all = Int32Array.from({ length: one.size }, (_, i) => i);
      expect(await one.at(all)).toEqual(await whole.at(all));
      const [moments, direct] = [await one.moments?.(), await whole.moments?.()];
      expect([moments?.count, moments?.mean, moments?.scatter]).toEqual([1040, direct?.mean, direct?.scatter]);
    }
  });
});

describe("edits that were taken back", () => {
  it("leave the rows as they were, read in one go, however many there were", async () => {
    const { moments: _, ...parts } = build(key(4).normal([10, 4]));
    const taken: number[][] = [];
    const take = async (rows: Int32Array) => {
      taken.push([...rows]);
      return parts.rows.take(rows);
    };
    let bank = bankOf({ ...parts, rows: { ...parts.rows, take } });
    const expected = await bank.at(Int32Array.of(3, 7));
    for (let i = 0; i < 100; i++) {
      bank = append(bank, key(i).normal([1, 4])).bank;
      if (i % 2 === 0) bank = append(bank, key(i).normal([2, 4])).bank;
      bank = remove(
        bank,
        Int32Array.from({ length: bank.size - 10 }, (_, row) => 10 + row),
      );
    }
    bank = append(bank, key(5).normal([2, 4])).bank;
    taken.length = 0;
    expect(await bank.at(Int32Array.of(3, 7))).toEqual(expected);
    expect(taken).toEqual([[3, 7]]);
    const last = await bank.at(Int32Array.of(10, 11));
    expect((await remove(bank, Int32Array.of(10)).at(Int32Array.of(10))).data).toEqual(last.data.slice(4));
  });
});
