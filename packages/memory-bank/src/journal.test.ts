import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { key } from "@gmem/tensor";
import { afterAll, describe, expect, it } from "vitest";
import "@gmem/testing";
import { bankId } from "./bank-id.ts";
import { build } from "./build.ts";
import { openJournal } from "./journal.ts";
import { openBankFile } from "./open-bank.ts";
import { saveBank } from "./save-bank.ts";
import { remove } from "./subset.ts";

const at = (name: string): string => join(mkdtempSync(join(tmpdir(), "gmem-journal-")), name);
const bank = build(key(0).normal([20, 6]), { encoderId: "e" });
const gone = (...rows: number[]) => ({ kind: "remove", rows }) as const;

describe("the journal of a bank", () => {
  it("names its bank in the first line, and is refused beside another", async () => {
    const path = at("edits.jsonl");
    await (await openJournal(bank, path)).apply(gone(3));
    const [first, edit] = (await readFile(path, "utf8")).split("\n");
    expect(JSON.parse(first as string)).toEqual({ op: "bank", id: await bankId(bank) });
    expect(JSON.parse(edit as string)).toEqual({ op: "remove", rows: [3] });
    const other = build(key(1).normal([20, 6]), { encoderId: "e" });
    await expect(openJournal(other, path)).rejects.toThrow(/must be the journal of the bank beside it/);
  });

  it("is over beside the bank that took its edits in, and begins anew there", async () => {
    const path = at("edits.jsonl");
    const before = await openJournal(bank, path);
    const changed = await before.apply(gone(3, 4));
    const replaces = await before.id();
    const after = await openJournal(changed, path, { replaces });
    expect([after.bank.size, after.canUndo, after.text]).toEqual([18, false, ""]);
    await after.apply(gone(0));
    expect((await openJournal(changed, path, { replaces })).bank.size).toBe(17);
    await expect(openJournal(bank, path)).rejects.toThrow(/another|bank beside it/);
  });

  it("without that line, as it was once written, is of a bank that replaced none", async () => {
    const path = at("edits.jsonl");
    const old = '{"op":"remove","rows":[1]}\n';
    await writeFile(path, old);
    const journal = await openJournal(bank, path);
    expect(journal.bank.size).toBe(19);
    await journal.apply(gone(0));
    expect(await readFile(path, "utf8")).toBe(`${old}{"op":"remove","rows":[0]}\n`);
    expect((await openJournal(remove(bank, Int32Array.of(1)), path, { replaces: "any" })).canUndo).toBe(false);
  });

  it("is not changed by reading, though half a line stands in it; the next edit takes that away", async () => {
    const path = at("edits.jsonl");
    await (await openJournal(bank, path)).apply(gone(3));
    const whole = await readFile(path, "utf8");
    await writeFile(path, `${whole}{"op":"remo`);
    const journal = await openJournal(bank, path);
    expect(journal.bank.size).toBe(19);
    expect(await readFile(path, "utf8")).toBe(`${whole}{"op":"remo`);
    await journal.apply(gone(0));
    expect(await readFile(path, "utf8")).toBe(`${whole}{"op":"remove","rows":[0]}\n`);
  });

  it("is not written over what another process has added", async () => {
    const path = at("edits.jsonl");
    const [one, two] = [await openJournal(bank, path), await openJournal(bank, path)];
    await one.apply(gone(3));
    await expect(two.apply(gone(5))).rejects.toThrow(/open the bank again, got edits of another process/);
    expect((await openJournal(bank, path)).edits).toEqual([gone(3)]);
  });

  const small = mountSmall();
  afterAll(() => {
    if (small) spawnSync("umount", [small]);
  });
  it.runIf(small)("keeps what it had when the disk is full (needs the right to mount a tmpfs)", async () => {
    const path = join(small as string, "edits.jsonl");
    const journal = await openJournal(bank, path);
    await journal.apply(gone(3));
    const whole = await readFile(path, "utf8");
    const features = key(2).normal([4000, 6]);
    for (let i = 0; i < 2; i++)
      await expect(journal.apply({ kind: "append", features })).rejects.toMatchObject({ code: "DISK_FULL" });
    expect(await readFile(path, "utf8")).toBe(whole);
    expect(readdirSync(small as string)).toEqual(["edits.jsonl"]);
    await journal.apply(gone(0));
    expect((await openJournal(bank, path)).bank.size).toBe(18);
  });

  it.each([Number.NaN, -0.1, 1.5])(
    "takes no blend with weight %s, and plays one back that was once written",
    async (w) => {
      const path = at("edits.jsonl");
      const journal = await openJournal(bank, path);
      const blend = { kind: "interpolate", first: 0, second: 1, weightOfSecond: w } as const;
      await expect(journal.apply(blend)).rejects.toThrow(/weight of the second .* in 0…1/);
      await expect(journal.apply("undo" as never)).rejects.toThrow(/of kind append, remove.*"undo"/);
      expect(readdirSync(join(path, ".."))).toEqual([]);
      if (Number.isNaN(w)) return;
      await writeFile(path, `${JSON.stringify({ op: "interpolate", first: 0, second: 1, weightOfSecond: w })}\n`);
      expect((await openJournal(bank, path)).bank.size).toBe(21);
    },
  );
});

describe("what a bank is told from others by", () => {
  it("is the same for both ways of storing rows, and for a bank in memory", async () => {
    const id = await bankId(bank);
    for (const floats of ["f32", "f16"] as const) {
      const path = at("bank.safetensors");
      await saveBank(bank, path, { floats });
      const { bank: stored, replaces } = await openBankFile(path);
      expect([await bankId(stored), replaces]).toEqual([id, undefined]);
      await stored.close();
    }
  });
  it("is another for other rows, another order, other labels and another bank before it", async () => {
    const labels = (label: number) => Int32Array.from({ length: 20 }, () => label);
    const others = [
      build(key(1).normal([20, 6]), { encoderId: "e" }),
      build(key(0).normal([20, 6]), { encoderId: "f" }),
      build(key(0).normal([20, 6]), { encoderId: "e", labels: labels(0) }),
      build(key(0).normal([20, 6]), { encoderId: "e", labels: labels(1) }),
      remove(bank, Int32Array.of(19)),
    ];
    const ids = await Promise.all([bank, ...others].map((one) => bankId(one)));
    expect(new Set([...ids, await bankId(bank, "before")]).size).toBe(7);
    const path = at("bank.safetensors");
    await saveBank(bank, path, { replaces: "before" });
    const { replaces, bank: stored } = await openBankFile(path);
    expect(replaces).toBe("before");
    await stored.close();
  });
});

/** A file system of 64 KB, where the system lets us make one. */
function mountSmall(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), "gmem-small-"));
  const { status } = spawnSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], { stdio: "ignore" });
  return status === 0 ? folder : undefined;
}
