import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fitPatchKmeans, patchKmeans, savePatchKmeans } from "@gmem/encoders/patch-kmeans";
import { bankToOfficial, build, openBank, saveBank } from "@gmem/memory-bank";
import { openRun, runFiles } from "@gmem/runs";
import { key, type NDArray } from "@gmem/tensor";
import { readSafetensors, writeSafetensors, writeTorch } from "@gmem/weights";
import { beforeAll, beforeEach, describe, expect, it, type MockInstance, vi } from "vitest";
import { labelledBank, untrainedRun } from "../../test/untrained-run.ts";
import { convert } from "./convert.ts";

const folder = mkdtempSync(join(tmpdir(), "gmem-carried-"));
const at = (...path: string[]): string => join(folder, ...path);
const files = runFiles(at("run"));
let id: string;
let stdout: MockInstance<typeof process.stdout.write>;
const printed = (): string => stdout.mock.calls.map(([text]) => String(text)).join("");

beforeAll(async () => {
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
  stdout = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  await untrainedRun(at("run"), {});
  const images = key(3).uniform([12, 3, 8, 8]);
  const learned = await fitPatchKmeans(images, { dim: 10, clusters: 4, patchSize: 3, patches: 60 });
  id = patchKmeans(learned).id;
  await savePatchKmeans(files.encoder, learned);
  await saveBank({ ...labelledBank(), encoderId: id }, files.bank);
  const { tensors, metadata } = await readSafetensors(files.model);
  await writeSafetensors(files.model, tensors, { metadata: { ...metadata, encoder: id } });
  const other = key(4).normal([6, 10]);
  await saveBank(build(other, { encoderId: "other" }), at("other.safetensors"));
  const official = await bankToOfficial(build(other));
  await writeTorch(at("silent.pt"), (official as { readonly rows: NDArray<"f32"> }).rows);
});
beforeEach(() => stdout.mockClear());

const encoderOf = async (run: string): Promise<string> =>
  (await readSafetensors(runFiles(at(run)).model)).metadata.encoder ?? "";

it("the averaged weights of a run, whose heads and time their names do not say, are refused for its folder", async () => {
  const refusal = {
    code: "CONFIG",
    message: expect.stringMatching(/model\.safetensors, the averaged .*; give the folder/),
  };
  await expect(convert(files.model, at("no"), [], {})).rejects.toMatchObject(refusal);
  expect(existsSync(at("no"))).toBe(false);
});

describe.each(["pt", "safetensors"])("a run with a learned encoder as a .%s checkpoint", (end) => {
  const checkpoint = at(`net.${end}`);
  beforeAll(() => convert(at("run"), checkpoint, [], { bank: at(`${end}.bank.pt`) }));

  it("has the encoder beside it, and comes back with it and its bank, nothing assumed", async () => {
    expect(readFileSync(at("net.encoder.safetensors"))).toEqual(readFileSync(files.encoder));
    await convert(checkpoint, at(`${end}-back`), [], { bank: at(`${end}.bank.pt`) });
    expect(printed()).not.toMatch(/assumed +--bank/);
    const run = await openRun(at(`${end}-back`));
    const encoder = await run.encoder();
    expect([encoder.id, run.bank?.encoderId, await encoderOf(`${end}-back`)]).toEqual([id, id, id]);
    await run.close();
  });

  it("refuses a bank of another encoder, then and afterwards, and says what it takes for granted", async () => {
    const refusal = { code: "BANK", message: expect.stringContaining(`of the run's encoder, ${id}, got other in`) };
    const other = { bank: at("other.safetensors") };
    await expect(convert(checkpoint, at("no"), [], other)).rejects.toMatchObject(refusal);
    await convert(checkpoint, at(`${end}-alone`), [], {});
    expect(printed()).toMatch(/next .*bank build IMAGES --encoder .*-alone\/bank\/encoder\.safetensors/);
    const to = { to: "memory-bank" };
    await expect(convert(at(`${end}-alone`), at("no"), [], { ...to, ...other })).rejects.toMatchObject(refusal);
    expect(existsSync(at("no"))).toBe(false);
    for (const source of [checkpoint, at(`${end}-alone`)]) {
      stdout.mockClear();
      const out = `${end}-${source === checkpoint ? "silent" : "swapped"}`;
      await convert(source, at(out), [], { ...(source !== checkpoint && to), bank: at("silent.pt") });
      expect(printed()).toContain(
        `assumed  --bank: its snippets are of ${source === checkpoint ? "" : "the run's encoder, "}${id}; it does not say`,
      );
      const bank = await openBank(runFiles(at(out)).bank);
      expect(bank.encoderId).toBe(id);
      await bank.close();
    }
  });
});

it("says where an encoder that is not beside its checkpoint belongs, and refuses another one there", async () => {
  cpSync(at("net.pt"), at("moved.pt"));
  await convert(at("moved.pt"), at("moved"), [], {});
  expect(printed()).toContain(
    `the learned encoder ${id} is not there: images can be encoded once it lies at ${at("moved.encoder.safetensors")}`,
  );
  expect(await encoderOf("moved")).toBe(id);
  const learned = await fitPatchKmeans(key(5).uniform([12, 3, 8, 8]), {
    dim: 10,
    clusters: 4,
    patchSize: 3,
    patches: 60,
  });
  await savePatchKmeans(at("moved.encoder.safetensors"), learned);
  await expect(convert(at("moved.pt"), at("no"), [], {})).rejects.toMatchObject({
    code: "WEIGHTS",
    message: expect.stringContaining(id),
  });
  rmSync(at("net.pt"));
  await savePatchKmeans(at("net.encoder.safetensors"), learned);
  await expect(convert(at("run"), at("net.pt"), [], { bank: at("pt.bank.pt") })).rejects.toThrow(
    /encoder\.safetensors: must not exist yet/,
  );
});
