import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, openBank, openJournal, saveBank } from "@gmem/memory-bank";
import { array, key } from "@gmem/tensor";
import { readTorch, writeSafetensors } from "@gmem/weights";
import { describe, expect, it } from "vitest";
import { openAnyBank } from "./open-any-bank.ts";

const folder = mkdtempSync(join(tmpdir(), "gmem-banks-"));
const at = (...path: string[]): string => join(folder, ...path);
const fixture = (name: string): string => fileURLToPath(new URL(`../../test/fixtures/${name}`, import.meta.url));

describe("a bank by its path", () => {
  it("is one of ours with its edits, by file and by folder", async () => {
    await saveBank(build(key(0).normal([10, 4])), at("bank.safetensors"));
    const journal = await openJournal(await openBank(at("bank.safetensors")), at("bank.edits.jsonl"));
    await journal.apply({ kind: "interpolate", first: 0, second: 1, weightOfSecond: 0.5 });
    await journal.bank.close();
    for (const path of [folder, at("bank.safetensors")]) {
      const { bank, encoder } = await openAnyBank(path);
      expect([bank.size, encoder]).toEqual([11, undefined]);
      await bank.close();
    }
  });

  it("is one of the GMem code, rows or factors, torch or safetensors", async () => {
    const { tensors } = await readTorch(fixture("gmem-bank-dmd.pt"));
    await writeSafetensors(at("factors.safetensors"), tensors);
    const full = (await openAnyBank(fixture("gmem-bank-full.pt"))).bank;
    expect([full.size, full.dim, full.rank]).toEqual([12, 20, undefined]);
    for (const path of [fixture("gmem-bank-dmd.pt"), at("factors.safetensors")])
      expect((await openAnyBank(path)).bank).toMatchObject({ size: 12, dim: 20, rank: 6 });
    const { data } = await full.at(Int32Array.of(11)); // stored with norm 3 or so
    expect(Math.hypot(...data)).toBeCloseTo(1, 6);
  });

  it("is refused where there is none", async () => {
    await writeSafetensors(at("other.safetensors"), { a: array([1]), b: array([2]) });
    await expect(openAnyBank(at("other.safetensors"))).rejects.toMatchObject({ code: "FORMAT" });
    await expect(openAnyBank(at("none"))).rejects.toThrow(/does not exist/);
    await expect(openAnyBank(tmpdir())).rejects.toThrow(/needs a memory bank/);
  });
});
