import "@gmem/testing";
import { existsSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { classMeans, snippetTable, tableName } from "@gmem/class-table";
import { type Bank, build, openBank, saveBank } from "@gmem/memory-bank";
import { partOf } from "@gmem/nn";
import { readRunConfig, runFiles } from "@gmem/runs";
import { key, type NDArray, takeRows } from "@gmem/tensor";
import { readSafetensors, writeSafetensors } from "@gmem/weights";
import { beforeAll, beforeEach, describe, expect, it, type MockInstance, vi } from "vitest";
import { classes, labelledBank, untrainedRun } from "../../test/untrained-run.ts";
import { convert } from "./convert.ts";
import { sampleRun } from "./sample.ts";

const folder = mkdtempSync(join(tmpdir(), "gmem-conditioners-"));
const at = (...path: string[]): string => join(folder, ...path);
const tensorsOf = async (run: string) => (await readSafetensors(runFiles(at(run)).model)).tensors;
const noise = key(7).normal([4, 3, 8, 8]);

let stdout: MockInstance<typeof process.stdout.write>;
const printed = (): string => stdout.mock.calls.map(([text]) => String(text)).join("");

beforeAll(async () => {
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
  stdout = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  const objective = { nullProbability: 0.1 };
  await untrainedRun(at("linear"), { adapter: { kind: "linear", gain: 4 }, objective });
  await untrainedRun(at("mlp3"), { adapter: { kind: "mlp3", gain: 2 }, objective });
  await untrainedRun(at("unguided"), { sampler: { solver: "heun", steps: 4, cfg: 2 } });
  await untrainedRun(at("table"), { conditioner: { kind: "class-table" } });
  await saveBank(labelledBank(), at("labelled.safetensors"));
});
beforeEach(() => stdout.mockClear());

async function drawn(run: string, options: object, stored: Record<string, NDArray> = {}): Promise<NDArray> {
  await writeSafetensors(at("noise.safetensors"), { noise, ...stored });
  const latents = at("latents.safetensors");
  const files = { noise: at("noise.safetensors"), latents };
  await sampleRun(at(run), { seed: 0, weights: "ema", ...options, ...files });
  return (await readSafetensors(latents)).tensors.latents as NDArray;
}

describe("a class table made of a bank (E.1)", () => {
  it.each([
    ["linear", "random"],
    ["linear", "average"],
    ["mlp3", "random"],
  ] as const)(
    "draws by label what the %s S-Adapter draws from the very snippet, %s@1, guided too",
    async (run, pick) => {
      const out = `${run}-${pick}`;
      await convert(at(run), at(out), [], { to: "class-table", pick, seed: 3 });
      const { table } = await snippetTable(labelledBank(), { perClass: 1, pick, seed: 3 });
      for (const [label, cfg] of [
        [0, 1],
        [2, 1],
        [1, 3],
      ] as const) {
        const snippets = takeRows(table, new Int32Array(4).fill(label));
        const before = await drawn(run, { cfg }, { snippets });
        expect(await drawn(out, { label, cfg })).toBeAllclose(before, { atol: 1e-5 });
      }
      expect(await drawn(out, { label: 0 })).not.toEqual(await drawn(out, { label: 1 }));
    },
  );

  it("has k rows a class and a null row, no S-Adapter, and says which classes have fewer", async () => {
    await convert(at("linear"), at("five"), [], { to: "class-table", perClass: 5 });
    expect(printed()).toMatch(/random@5[\s\S]*fewer rows, which repeat: star \(2\)/);
    const { config, classes: names } = readRunConfig(runFiles(at("five")));
    expect(config.conditioner).toEqual({ kind: "class-table", perClass: 5, dropProbability: 0.1 });
    expect(names).toEqual(classes);
    const tensors = await tensorsOf("five");
    expect(tensors[tableName]?.shape).toEqual([16, 16]);
    const backbone = (all: object) =>
      Object.keys(all).filter((name) => ["backbone", "position table"].includes(partOf(name)));
    expect(backbone(tensors)).toEqual(backbone(await tensorsOf("linear")));
    expect(Object.keys(tensors).some((name) => name.startsWith("condition_projection"))).toBe(false);
    const again = await drawn("five", { label: 1 }); // the noise chooses one of five
    expect(again.shape).toEqual([4, 3, 8, 8]);
  });

  it("has no null row where the null snippet was never trained: guidance by it is refused, not drawn", async () => {
    await convert(at("unguided"), at("bare"), [], { to: "class-table" });
    expect(printed()).toMatch(/no null row.*it draws with sampler\.cfg=1, not 2, and more guidance is refused/);
    expect((await tensorsOf("bare"))[tableName]?.shape).toEqual([3, 16]);
    expect((await drawn("bare", { label: 2 })).shape).toEqual([4, 3, 8, 8]);
    await expect(drawn("bare", { label: 2, cfg: 2 })).rejects.toThrow(/this table has no null row/);
  });

  it("needs labels of every class, and a run with a bank", async () => {
    await saveBank(build(key(0).normal([6, 10])), at("plain.safetensors"));
    const to = { to: "class-table" };
    await expect(convert(at("linear"), at("no"), [], { ...to, bank: at("plain.safetensors") })).rejects.toThrow(
      /labels/,
    );
    const few = build(key(0).normal([6, 10]), { labels: new Int32Array(6) });
    await saveBank(few, at("few.safetensors"));
    await expect(convert(at("linear"), at("no"), [], { ...to, bank: at("few.safetensors") })).rejects.toThrow(
      /rows of all 3 classes, got none from class 1/,
    );
    await expect(convert(at("table"), at("no"), [], to)).rejects.toThrow(/needs a run with a memory bank/);
    await expect(convert(at("linear"), at("no"), [], { ...to, pick: "best" })).rejects.toThrow(
      /--pick: must be random/,
    );
    await expect(convert(at("linear"), at("no"), [], { ...to, adapter: "random" })).rejects.toThrow(
      /--adapter: --to class-table takes --bank, --per-class, --pick, --seed; leave it out/,
    );
    await expect(convert(at("linear"), at("no.pt"), [], { perClass: 2 })).rejects.toThrow(
      /--per-class: a run to become/,
    );
    await expect(convert(at("linear"), at("no.pt"), ["steps=2"], {})).rejects.toThrow(/has no settings, got steps=2/);
    expect(existsSync(at("no"))).toBe(false);
  });
});

describe("a memory bank in place of a class table (E.2)", () => {
  it("keeps the backbone bit for bit and fits the S-Adapter: a class's mean snippet gives its embedding", async () => {
    await convert(at("table"), at("fitted"), [], { to: "memory-bank", bank: at("labelled.safetensors") });
    const [before, after] = [await tensorsOf("table"), await tensorsOf("fitted")];
    expect(Object.keys(after).filter((name) => name.startsWith("y_embedder"))).toEqual([]);
    for (const [name, value] of Object.entries(before)) if (name !== tableName) expect(after[name]).toEqual(value);
    const weight = after["condition_projection.linear.weight"] as NDArray<"f32">;
    const bias = after["condition_projection.linear.bias"] as NDArray<"f32">;
    const means = await classMeans(labelledBank(), 3);
    for (let y = 0; y < 3; y++)
      for (let out = 0; out < 16; out++) {
        let c = bias.data[out] as number;
        for (let j = 0; j < 10; j++) c += (weight.data[out * 10 + j] as number) * (means.data[y * 10 + j] as number);
        const wanted = before[tableName]?.data[y * 16 + out] as number; // N(0, 0.02²)
        expect(Math.abs(c - wanted)).toBeLessThan(1e-3); // λ pulls to the mean of the classes
      }
    expect(readRunConfig(runFiles(at("fitted"))).config).toMatchObject({
      conditioner: { kind: "memory-bank" },
      start: null,
    });
    const bank: Bank = await openBank(runFiles(at("fitted")).bank);
    expect(Array.from(bank.labels ?? [])).toEqual(Array.from(labelledBank().labels ?? []));
    await bank.close();
    expect((await drawn("fitted", { rows: "3" })).shape).toEqual([4, 3, 8, 8]);
  });

  it("draws a new S-Adapter on request, which needs no labels", async () => {
    const [fitted] = [await tensorsOf("fitted")];
    const random = { to: "memory-bank", adapter: "random", bank: at("plain.safetensors") };
    await convert(at("table"), at("fresh"), [], random);
    const name = "condition_projection.linear.weight";
    expect((await tensorsOf("fresh"))[name]?.shape).toEqual([16, 10]);
    expect((await tensorsOf("fresh"))[name]).not.toEqual(fitted[name]);
  });

  it("goes there and back: a converted table becomes a bank's model again", async () => {
    await convert(at("linear-random"), at("round"), [], { to: "memory-bank", bank: at("linear") });
    expect(Object.keys(await tensorsOf("round"))).toEqual(Object.keys(await tensorsOf("linear")));
  });

  it("says what it needs", async () => {
    const to = { to: "memory-bank" };
    await expect(convert(at("table"), at("no"), [], to)).rejects.toThrow(/give --bank/);
    const plain = { ...to, bank: at("plain.safetensors") };
    await expect(convert(at("table"), at("no"), [], plain)).rejects.toThrow(/a bank with labels.*--adapter random/);
    await expect(convert(at("linear"), at("no"), [], to)).rejects.toThrow(/place of the run's own; give --bank/);
    await expect(convert(at("five"), at("no"), [], { ...to, bank: at("linear") })).rejects.toThrow(/perClass=5/);
    await expect(convert(at("table"), at("fitted"), [], to)).rejects.toThrow(/must not exist yet/);
    expect(existsSync(at("no"))).toBe(false);
  });

  it("lists what becomes of every tensor with --check, and writes nothing", async () => {
    const before = readdirSync(folder);
    const there = { to: "memory-bank", bank: at("linear"), check: true, json: true };
    expect(await convert(at("table"), at("no"), [], there)).toBe(0);
    const checked = JSON.parse(printed());
    expect(checked).toMatchObject({ ok: true, missing: [], unexpected: [], misshaped: [] });
    const fate = (name: string) => checked.tensors.find((tensor: { name: string }) => tensor.name === name)?.becomes;
    expect([fate(tableName), fate("pos_embed"), fate("blocks.0.attn.qkv.weight")]).toEqual([
      "not used",
      "position table",
      "backbone",
    ]);
    expect(await convert(at("table"), at("no"), [], { to: "memory-bank", check: true })).toBe(1);
    expect(readdirSync(folder)).toEqual(before);
  });
});

describe("another bank in place of a run's own (H.4)", () => {
  it("keeps network, sampler and every other setting, and draws from the other rows", async () => {
    const rows = key(9).normal([6, 10]);
    await saveBank(build(rows, { encoderId: "test" }), at("other.safetensors"));
    await convert(at("linear"), at("swapped"), [], { to: "memory-bank", bank: at("other.safetensors") });
    const [before, after] = [readRunConfig(runFiles(at("linear"))), readRunConfig(runFiles(at("swapped")))];
    expect(after.config).toEqual({ ...before.config, name: "swapped" });
    expect(readFileSync(runFiles(at("swapped")).model)).toEqual(readFileSync(runFiles(at("linear")).model));
    const snippets = takeRows(await build(rows).at(Int32Array.of(4)), [0, 0, 0, 0]);
    expect(await drawn("swapped", { rows: "4" })).toBeAllclose(await drawn("linear", {}, { snippets }), { atol: 1e-5 });
  });

  it("refuses snippets that the network does not understand, and writes nothing", async () => {
    const to = (bank: string) => convert(at("linear"), at("no"), [], { to: "memory-bank", bank: at(bank) });
    await saveBank(build(key(1).normal([6, 4]), { encoderId: "test" }), at("narrow.safetensors"));
    await expect(to("narrow.safetensors")).rejects.toThrow(
      /as wide as the S-Adapter takes them, .*\[16,10\], got 4 numbers a row/,
    );
    const { tensors, metadata } = await readSafetensors(runFiles(at("linear")).model);
    await writeSafetensors(runFiles(at("linear")).model, tensors, { metadata: { ...metadata, encoder: "mine" } });
    await expect(to("other.safetensors")).rejects.toThrow(/of the run's encoder, mine, got test in .*other/);
    await writeSafetensors(runFiles(at("linear")).model, tensors, { metadata });
    expect(existsSync(at("no"))).toBe(false);
  });
});

describe("a run trained here, as a checkpoint", () => {
  it.each([".pt", ".safetensors"])(
    "comes back from %s with its sampler, tokenizer, encoder and image size",
    async (end) => {
      const changed = [
        "sampler.solver=euler",
        "sampler.steps=7",
        "sampler.shift=2",
        "encoder.dim=10",
        "image.heldOut=3",
      ];
      await convert(at("linear"), at(`set${end}`), [], { bank: at(`set${end}.bank.pt`) });
      await convert(at(`set${end}`), at(`a${end}.run`), changed, { bank: at(`set${end}.bank.pt`) });
      await convert(at(`a${end}.run`), at(`b${end}`), [], { bank: at(`b${end}.bank.pt`) });
      await convert(at(`b${end}`), at(`c${end}.run`), [], { bank: at(`b${end}.bank.pt`) });
      const [before, after] = [`a${end}.run`, `c${end}.run`].map((name) => readRunConfig(runFiles(at(name))).config);
      for (const part of ["sampler", "tokenizer", "encoder", "image"] as const)
        expect(after?.[part]).toEqual(before?.[part]);
      expect(after?.sampler).toMatchObject({ solver: "euler", steps: 7, shift: 2 });
    },
  );

  it("has the gain in the weight and comes back drawing the same", async () => {
    await convert(at("linear"), at("linear.pt"), [], {});
    expect(printed()).toMatch(/adapter\.gain=4 is part of/);
    await convert(at("linear.pt"), at("back"), [], { bank: at("linear.bank.pt") }); // heads and time are in it
    const options = { rows: "1,5,8,8", solver: "heun", steps: 4 };
    expect(await drawn("back", options)).toBeAllclose(await drawn("linear", options), { atol: 1e-5 });
    await convert(at("table"), at("table.safetensors"), [], {});
    await convert(at("table.safetensors"), at("table-back"), [], {});
    const label = { label: 1, cfg: 2, solver: "heun", steps: 4 };
    expect(await drawn("table-back", label)).toBeAllclose(await drawn("table", label), { atol: 1e-5 });
    await convert(at("five"), at("five.pt"), [], {}); // several rows a class
    await convert(at("five.pt"), at("five-back"), [], {});
    const five = readRunConfig(runFiles(at("five-back")));
    expect(five).toMatchObject({ config: { conditioner: { perClass: 5 } }, classes: ["0", "1", "2"] });
    expect(await drawn("five-back", label)).toEqual(await drawn("five", label));
    await expect(convert(at("five.pt"), at("no"), ["conditioner.perClass=4"], {})).rejects.toThrow(
      /perClass: must divide the 15 rows of the checkpoint's table, got 4/,
    );
    await expect(convert(at("mlp3"), at("mlp3.pt"), [], {})).rejects.toThrow(/adapter\.kind=mlp3/);
    expect(existsSync(at("mlp3.pt"))).toBe(false);
  });
});
