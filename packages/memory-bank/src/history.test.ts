import { key } from "@gmem/tensor";
import { expect, it } from "vitest";
import "@gmem/testing";
import { build } from "./build.ts";
import type { Edit } from "./edit.ts";
import { historyOf } from "./history.ts";
import type { Bank } from "./index.ts";

const base = build(key(0).normal([12, 4]), { labels: new Int32Array(12), sources: [..."abcdefghijkl"] });

const edit = (i: number, { size }: Bank): Edit =>
  [
    { kind: "interpolate", first: i % size, second: 1, weightOfSecond: 0.25, source: `blend ${i}` } as const,
    { kind: "label", row: (7 * i) % size, label: i, source: `named ${i}` } as const,
    { kind: "append", features: key(i).normal([1, 4]), labels: [i], sources: [`added ${i}`] } as const,
    { kind: "remove", rows: [(5 * i) % size] } as const,
    { kind: "remove", rows: [(3 * i) % size] } as const,
  ][i % 5] as Edit;

const told = async (bank: Bank) => ({
  labels: [...(bank.labels ?? [])],
  names: await bank.sources?.(),
  rows: await bank.at(Int32Array.from({ length: bank.size }, (_, row) => row)),
});

it("a long history is taken back and made again edit by edit, with the bits of each bank", async () => {
  const history = historyOf(base);
  const seen = [await told(history.bank)];
  for (let i = 0; i < 600; i++) {
    (await history.prepare({ do: edit(i, history.bank) }))();
    seen.push(await told(history.bank));
  }
  for (const [from, to] of [
    [600, 560],
    [560, 580],
    [580, 0],
    [0, 600],
    [600, 250],
  ] as const)
    for (let at = from; at !== to; ) {
      (await history.prepare(to < from ? "undo" : "redo"))();
      at += to < from ? -1 : 1;
      expect(await told(history.bank)).toEqual(seen[at]);
    }
  (await history.prepare({ do: edit(1, history.bank) }))();
  expect([history.edits.length, history.canUndo, history.canRedo]).toEqual([251, true, false]);
});
