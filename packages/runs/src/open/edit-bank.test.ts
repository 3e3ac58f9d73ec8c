import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build, compress, openBank, reduce, saveBank } from "@gmem/memory-bank";
import { key } from "@gmem/tensor";
import { lockRun } from "@gmem/trainer";
import { beforeEach, describe, expect, it } from "vitest";
import { bankFiles } from "../folder/run-files.ts";
import { editBank } from "./edit-bank.ts";
import { openMemory } from "./open-memory.ts";
import { rewriteBank } from "./rewrite-bank.ts";
import { undoEdit } from "./undo-edit.ts";

let folder = "";
const at = (...path: string[]): string => join(folder, ...path);
const labels = Int32Array.from({ length: 24 }, (_, row) => row % 3);

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "gmem-edit-"));
  await saveBank(build(key(0).normal([24, 6]), { encoderId: "e", labels }), at("bank.safetensors"));
});

const add = (seed: number, n = 1) =>
  editBank(folder, ({ journal }) => journal.apply({ kind: "append", features: key(seed).normal([n, 6]) }));
const toRank = (rank: number) =>
  rewriteBank(folder, async (bank) => ({ bank: await compress(bank, { rank }), note: `${bank.size}` }));
const toFive = () =>
  rewriteBank(folder, async (bank) => ({
    bank: (await reduce(bank, { pick: "random", perClass: 5, seed: 0 })).bank,
    note: "",
  }));

/** Size, rank and number of edits, as anybody opens the bank. */
async function found(): Promise<readonly (number | undefined)[]> {
  const { bank, journal } = await openMemory(bankFiles(folder));
  await bank.close();
  return [bank.size, bank.rank, journal.edits.length];
}

/** Rows of the bank with its edits. */
async function rows(): Promise<Float32Array> {
  const { bank } = await openMemory(bankFiles(folder));
  const { data } = await bank.at(Int32Array.from({ length: bank.size }, (_, row) => row));
  await bank.close();
  return data;
}

describe("a bank that is compressed and reduced", () => {
  it("goes all the way back by undo, edit by edit and bank by bank, bit by bit", async () => {
    const first = readFileSync(at("bank.safetensors"));
    await add(1, 2);
    const [begun, journal] = [await rows(), readFileSync(at("bank.edits.jsonl"))];
    await toRank(4);
    expect(await found()).toEqual([26, 4, 0]);
    await add(2);
    const compressed = await rows();
    await toFive();
    await toRank(2);
    expect(await found()).toEqual([15, 2, 0]);
    expect(await undoEdit(folder)).toEqual({ size: 15, edits: 0, isRestored: true });
    expect(await undoEdit(folder)).toEqual({ size: 27, edits: 1, isRestored: true });
    expect(await rows()).toEqual(compressed);
    expect(await undoEdit(folder)).toEqual({ size: 26, edits: 0, isRestored: false });
    expect(await undoEdit(folder)).toEqual({ size: 26, edits: 1, isRestored: true });
    expect(await rows()).toEqual(begun);
    expect(readFileSync(at("bank.safetensors"))).toEqual(first);
    expect(readFileSync(at("bank.edits.jsonl"))).toEqual(journal);
    expect(await undoEdit(folder)).toEqual({ size: 24, edits: 0, isRestored: false });
    await expect(undoEdit(folder)).rejects.toThrow(/undo needs an edit, got none left/);
    expect(readdirSync(at("previous"))).toEqual([]);
  });

  it("has its edits once, wherever the process was ended", async () => {
    await add(1, 3);
    const [bank, journal] = [readFileSync(at("bank.safetensors")), readFileSync(at("bank.edits.jsonl"))];
    await toRank(4);
    expect(readFileSync(at("bank.edits.jsonl"))).toEqual(journal); // as if ended before anything else was done
    expect(await found()).toEqual([27, 4, 0]);
    const alone = await openBank(folder);
    expect(alone.size).toBe(27);
    await alone.close();
    writeFileSync(at("bank.safetensors"), bank); // as if ended before the new bank had its name
    expect(await found()).toEqual([27, undefined, 1]);
    await toRank(3);
    expect(await found()).toEqual([27, 3, 0]);
    await undoEdit(folder);
    expect(await found()).toEqual([27, undefined, 1]);
    writeFileSync(at("previous", "0123.edits.jsonl"), ""); // as if ended before the last file was removed
    await undoEdit(folder);
    expect(readdirSync(at("previous"))).toEqual([]);
  });

  it("says so when the bank before it was deleted, and stays as it is", async () => {
    await toRank(4);
    rmSync(at("previous"), { recursive: true });
    await expect(undoEdit(folder)).rejects.toMatchObject({ code: "BANK" });
    expect(await found()).toEqual([24, 4, 0]);
  });

  it("opens folders of before, whose journals do not name their bank", async () => {
    writeFileSync(at("bank.edits.jsonl"), '{"op":"remove","rows":[1]}\n');
    expect(await found()).toEqual([23, undefined, 1]);
    await toRank(4);
    expect(await found()).toEqual([23, 4, 0]);
    await undoEdit(folder);
    expect(await found()).toEqual([23, undefined, 1]);
  });
});

describe("two processes at one bank", () => {
  it("do not write at once, whichever path they come by", async () => {
    const run = at("run");
    mkdirSync(join(run, "bank"), { recursive: true });
    await saveBank(build(key(0).normal([24, 6])), join(run, "bank/bank.safetensors"));
    writeFileSync(join(run, "config.json"), "{}");
    const lock = await lockRun(run);
    for (const path of [run, join(run, "bank")]) {
      const { bank, journal } = await openMemory(bankFiles(path));
      const change = { kind: "remove", rows: [0] } as const;
      await expect(editBank(path, async () => {})).rejects.toMatchObject({ code: "LOCKED" });
      await expect(rewriteBank(path, async () => ({ bank, note: "" }))).rejects.toMatchObject({ code: "LOCKED" });
      await expect(undoEdit(path)).rejects.toMatchObject({ code: "LOCKED" });
      await expect(journal.apply(change)).rejects.toMatchObject({ code: "LOCKED" });
      await bank.close();
    }
    await lock.release();
    expect(readdirSync(join(run, "bank"))).toEqual(["bank.safetensors"]);
  });

  it("lose nothing: an edit of a bank that was replaced since it was opened is refused", async () => {
    const { bank, journal } = await openMemory(bankFiles(folder));
    await toRank(4);
    const edit = { kind: "remove", rows: [0] } as const;
    await expect(journal.apply(edit)).rejects.toThrow(/must not change while it is open.*open it again/);
    await bank.close();
    const again = await openMemory(bankFiles(folder));
    await again.journal.apply(edit);
    await again.bank.close();
    expect(await found()).toEqual([23, 4, 1]);
  });

  it("take nothing of a folder without a bank", async () => {
    await expect(editBank(at("none"), async () => {})).rejects.toThrow(/needs a memory bank/);
    expect(existsSync(at("none"))).toBe(false);
  });
});
