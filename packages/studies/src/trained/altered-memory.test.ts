import { build } from "@gmem/memory-bank";
import type { Run } from "@gmem/runs";
import { key, referenceEngine } from "@gmem/tensor";
import { describe, expect, it } from "vitest";
import { alteredMemory, bankOf } from "./altered-memory.ts";

const bank = build(key(0).normal([40, 8]), { labels: Int32Array.from({ length: 40 }, (_, i) => i % 4) });
const run = { bank, engine: referenceEngine(), config: { conditioner: { kind: "memory-bank" } } } as unknown as Run;

describe("an altered memory", () => {
  it("is compressed, cut down to a share, or has k snippets a class; without settings it is the run's own", async () => {
    const altered = (settings: Parameters<typeof alteredMemory>[1]) => alteredMemory(run, settings, { seed: 0 });
    expect(await altered({})).toBe(bank);
    expect((await altered({ rank: 3 })).rank).toBe(3);
    expect((await altered({ share: 0.25 })).size).toBe(10);
    expect((await altered({ share: 0.001 })).size).toBe(1);
    expect((await altered({ pick: "random", perClass: 3 })).size).toBe(12);
    expect((await altered({ pick: "average", perClass: 1 })).size).toBe(4);
  });

  it("needs a bank", () => {
    const none = { config: { conditioner: { kind: "class-table" } } } as unknown as Run;
    expect(() => bankOf(none)).toThrow(/conditioner.kind=class-table/);
  });
});
