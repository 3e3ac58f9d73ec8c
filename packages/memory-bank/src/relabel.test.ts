import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { key } from "@gmem/tensor";
import { describe, expect, it } from "vitest";
import { build } from "./build.ts";
import { openJournal } from "./journal.ts";

const bank = build(key(0).normal([4, 3]), { sources: ["a", "b", "c", "d"] });

describe("another label or name of a row", () => {
  it("is an edit that is written, read again and taken back", async () => {
    const path = join(await mkdtemp(join(tmpdir(), "gmem-label-")), "bank.edits.jsonl");
    const journal = await openJournal(bank, path);
    await journal.apply({ kind: "label", row: 2, label: 5 });
    await journal.apply({ kind: "label", row: 1, source: "my hat" });
    const again = await openJournal(bank, path);
    expect([...(again.bank.labels ?? [])]).toEqual([-1, -1, 5, -1]);
    expect(await again.bank.sources?.()).toEqual(["a", "my hat", "c", "d"]);
    await again.undo();
    await again.undo();
    expect(again.bank.labels).toBeUndefined();
    expect(await again.bank.sources?.()).toEqual(["a", "b", "c", "d"]);
  });

  it.each([
    { row: 4, label: 1 },
    { row: 0, label: -2 },
    { row: 0, source: " " },
    { row: 0, source: "two\nlines" },
  ])("is refused where it cannot be: %j", async (edit) => {
    const path = join(await mkdtemp(join(tmpdir(), "gmem-label-")), "bank.edits.jsonl");
    const journal = await openJournal(bank, path);
    await expect(journal.apply({ kind: "label", ...edit })).rejects.toMatchObject({ code: "BANK" });
    expect(journal.edits).toEqual([]);
  });
});
