import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { key } from "@gmem/tensor";
import { afterEach, describe, expect, it, vi } from "vitest";
import { append } from "./append.ts";
import { build } from "./build.ts";
import { bankNames, evaluateExpression } from "./expression/index.ts";
import { nearest } from "./nearest.ts";
import { openBank } from "./open-bank.ts";
import { relabel } from "./relabel.ts";
import { saveBank } from "./save-bank.ts";
import { sourcesAt } from "./sources-at.ts";
import { remove } from "./subset.ts";

const size = 6000;
const sources = Array.from({ length: size }, (_, i) => `Photos/set ${i % 7}/É ${i}.JPG`);
const labels = Int32Array.from({ length: size }, (_, i) => (i < 5000 ? 0 : 1));
const bank = build(key(0).normal([size, 64]), { sources, labels });
const names = () => bankNames(bank, ["many", "few"]);

afterEach(() => vi.restoreAllMocks());

/** How often the event loop turns meanwhile, on a machine on which each look at the clock is 5 ms after the last. */
async function turnsOf(work: () => Promise<unknown>): Promise<number> {
  let clock = 0;
  vi.spyOn(performance, "now").mockImplementation(() => {
    clock += 5;
    return clock;
  });
  let [turns, isOver] = [0, false];
  const turn = (): void => {
    turns++;
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  await work();
  isOver = true;
  return turns;
}

describe("the event loop turns between parts of", () => {
  it.each([
    ["a search", 3, async () => nearest(bank, await bank.at(Int32Array.of(3)), { k: 5 })],
    ["the table of names", 10, () => names().rows("é 17")],
    ["a look for a word in all names", 10, () => names().holding("set 3")],
    ["names near a word", 24, () => names().near("é 1x")],
    ["the mean of a class", 5, () => evaluateExpression("many", { bank, names: names() })],
  ])("%s", async (_, least, work) => {
    expect(await turnsOf(work)).toBeGreaterThanOrEqual(least);
  });
});

describe("names of rows", () => {
  it("are found whole or short, whatever capitals they have, and the first of those that share one", async () => {
    expect(await names().rows("photos/set 3/é 17.jpg")).toEqual(Int32Array.of(17));
    expect(await names().rows(" É 5999")).toEqual(Int32Array.of(5999));
    expect(await names().rows("é 6000")).toBeUndefined();
    const twice = build(key(1).normal([3, 4]), { sources: ["a/x.png", "b/x.png", "x.jpg"] });
    expect(await bankNames(twice).rows("x")).toEqual(Int32Array.of(0));
    expect(await bankNames(remove(twice, Int32Array.of(0))).rows("x")).toEqual(Int32Array.of(0));
    expect(await bankNames(twice).rows("b/x.png")).toEqual(Int32Array.of(1));
  });

  it("follow edits, of a file too, whose names are read once", async () => {
    const path = join(mkdtempSync(join(tmpdir(), "gmem-names-")), "bank.safetensors");
    await saveBank(bank, path);
    const stored = await openBank(path);
    for (const given of [bank, stored]) {
      const { bank: longer } = append(given, key(2).normal([2, 64]), { sources: ["new one.png", "É 4.jpg"] });
      const edited = relabel(remove(longer, Int32Array.of(4, 17)), 0, { source: "Renamed" });
      const of = async (name: string) => [...((await bankNames(edited).rows(name)) ?? [])];
      expect(await of("é 5")).toEqual([4]);
      expect(await of("new one")).toEqual([5998]);
      expect(await of("É 4")).toEqual([5999]);
      expect(await of("renamed")).toEqual([0]);
      expect(await of("é 0")).toEqual([]);
      expect(await sourcesAt(edited, Int32Array.of(5999, 0, 4))).toEqual(["É 4.jpg", "Renamed", sources[5]]);
      expect(
        await sourcesAt(
          edited,
          Int32Array.from({ length: 6000 }, (_, i) => i),
        ),
      ).toEqual(await edited.sources?.());
    }
    await expect(sourcesAt(stored, Int32Array.of(size))).rejects.toThrow(/row 6000 is outside/);
    await stored.close();
  });

  it("hold a word as a class or a source does, and are near one as its letters are", async () => {
    expect(await names().holding("FEW")).toEqual(Int32Array.from({ length: 1000 }, (_, i) => 5000 + i));
    expect(await names().holding("é 599")).toEqual(
      Int32Array.of(599, ...Array.from({ length: 10 }, (_, i) => 5990 + i)),
    );
    expect(await names().near("manny")).toEqual(["many"]);
    expect((await names().near("é 59999"))[0]).toBe("é 5999");
    expect(await names().near("nothing of the kind")).toEqual([]);
  });
});
