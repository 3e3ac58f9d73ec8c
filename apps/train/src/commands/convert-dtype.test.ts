import "@gmem/testing";
import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openOnnx } from "@gmem/engine-onnx";
import { openRun, runFiles } from "@gmem/runs";
import { array, isGMemError, key, type NDArray, takeRows } from "@gmem/tensor";
import { openSafetensors, readSafetensors, writeSafetensors } from "@gmem/weights";
import { beforeAll, beforeEach, describe, expect, it, type MockInstance, vi } from "vitest";
import { untrainedRun } from "../../test/untrained-run.ts";
import { convert } from "./convert.ts";
import { exportRun } from "./export.ts";
import { inspect } from "./inspect.ts";
import { sampleRun } from "./sample.ts";

const folder = mkdtempSync(join(tmpdir(), "gmem-dtype-"));
const at = (...path: string[]): string => join(folder, ...path);
const half = (source: string, out: string, settings: readonly string[] = []): Promise<number> =>
  convert(at(source), at(out), settings, { dtype: "f16" });

let stdout: MockInstance<typeof process.stdout.write>;
let stderr: MockInstance<typeof process.stderr.write>;
const printed = (): string => stdout.mock.calls.map(([text]) => String(text)).join("");
const texts = { conditioner: { kind: "t2s" }, textEncoder: { kind: "hashed-words", dim: 16 } } as const;

beforeAll(async () => {
  stderr = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  stdout = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  await untrainedRun(at("bank"), { adapter: { kind: "linear", gain: 4 } });
  await untrainedRun(at("texts"), texts);
  await half("bank", "bank-half");
  await half("texts", "texts-half");
});
beforeEach(() => {
  stdout.mockClear();
  stderr.mockClear();
});

const said = { bank: {}, texts: { text: ["a red circle"] } } as const;
const requests = { bank: { rows: [3, 7] }, texts: { text: ["a red circle", "a blue square"] } } as const;

async function pictures(run: string, request: unknown): Promise<NDArray<"f32">> {
  const opened = await openRun(at(run));
  try {
    const sampler = await opened.sampler(opened.config.sampler, { batchSize: 2 });
    return (await sampler.draw({ request: opened.conditioner.parse(request), count: 2, seed: 1 })).images;
  } finally {
    await opened.close();
  }
}

const distance = (a: NDArray<"f32">, b: NDArray<"f32">): number =>
  a.data.reduce((most, value, i) => Math.max(most, Math.abs(value - (b.data[i] as number))), 0);

describe.each(["bank", "texts"] as const)("a run of %s in half precision", (name) => {
  it("is half as large and draws what it drew, to 1/255", async () => {
    const [before, after] = [at(name), at(`${name}-half`)].map((run) => runFiles(run).model) as [string, string];
    const file = await openSafetensors(after);
    await file.close();
    expect(new Set(Object.values(file.tensors).map(({ dtype }) => dtype))).toEqual(new Set(["F16"]));
    expect(statSync(after).size / statSync(before).size).toBeLessThan(0.65);
    const [exact, rounded] = [await pictures(name, requests[name]), await pictures(`${name}-half`, requests[name])];
    const most = distance(exact, rounded);
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThan(1 / 255);
  });

  it("is sampled, exported and inspected as any other", async () => {
    const run = at(`${name}-half`);
    await sampleRun(run, { seed: 1, weights: "ema", count: 2, out: at(`${name}.png`), ...said[name] });
    expect(existsSync(at(`${name}.png`))).toBe(true);
    await inspect(run, {});
    expect(printed()).toMatch(/blocks\.0\.attn\.qkv\.weight +F16 /);
    await exportRun(run, { part: "sampler", out: at(`${name}-onnx`) });
    const noise = key(4).normal([2, 3, 8, 8]);
    const opened = await openRun(run);
    const sampler = await opened.sampler(opened.config.sampler, { batchSize: 2 });
    const request = opened.conditioner.parse(requests[name]);
    const { latents } = await sampler.drawLatents({ request, count: 2, seed: 1, noise });
    const feeds = await opened.conditioner.resolve(noise, request);
    await opened.close();
    const exported = await openOnnx(at(`${name}-onnx`, "sampler.onnx"), { threads: 1 });
    expect((await exported.run({ noise, ...feeds })).latents).toBeAllclose(latents, { atol: 1e-4 });
    await exported.close();
    await exportRun(run, { part: "sampler", shared: true });
    expect(statSync(join(run, "sampler.onnx")).size).toBeLessThan(60_000);
    const shared = await openOnnx(join(run, "sampler.onnx"), { threads: 1 });
    expect((await shared.run({ noise, ...feeds })).latents).toBeAllclose(latents, { atol: 1e-4 });
    await shared.close();
    await expect(exportRun(run, { shared: true, out: at("elsewhere") })).rejects.toThrow(
      /must lie in .*leave the folder out/,
    );
  });

  it("comes back in float32 with the rounded numbers, and draws the same bits", async () => {
    await convert(at(`${name}-half`), at(`${name}-back`), [], { dtype: "f32" });
    const [rounded, back] = [`${name}-half`, `${name}-back`].map((run) => runFiles(at(run)));
    expect((await readSafetensors(back?.model ?? "")).tensors).toEqual(
      (await readSafetensors(rounded?.model ?? "")).tensors,
    );
    expect(await pictures(`${name}-back`, requests[name])).toEqual(await pictures(`${name}-half`, requests[name]));
  });
});

it("keeps the bank with its edits, in half precision too", async () => {
  const [before, after] = [await openRun(at("bank")), await openRun(at("bank-half"))];
  const rows = Int32Array.of(0, 19);
  const [exact, rounded] = [await before.bank?.at(rows), await after.bank?.at(rows)] as [NDArray, NDArray];
  expect(rounded).not.toEqual(exact);
  expect(rounded).toBeAllclose(exact, { atol: 1e-3 });
  expect(after.bank?.encoderId).toBe(before.bank?.encoderId);
  await before.close();
  await after.close();
});

it("takes settings, as of the sampler", async () => {
  await half("bank", "quick", ["sampler.steps=2"]);
  const { config, ...run } = await openRun(at("quick"));
  expect([config.name, config.sampler.steps]).toEqual(["quick", 2]);
  await run.close();
});

describe("is refused, and leaves nothing behind,", () => {
  const weight = "blocks.1.mlp.fc1.weight";
  beforeAll(async () => {
    await untrainedRun(at("large"), {});
    const { model } = runFiles(at("large"));
    const { tensors, metadata } = await readSafetensors(model);
    const { data, shape } = tensors[weight] as NDArray<"f32">;
    const changed = Float32Array.from(data);
    changed[5] = -70_000;
    await writeSafetensors(model, { ...tensors, [weight]: array(changed, shape) }, { metadata });
  });

  it("where a weight is beyond half precision, with its name, by --check too", async () => {
    const error: unknown = await half("large", "refused").catch((cause: unknown) => cause);
    expect(isGMemError(error, "NON_FINITE")).toBe(true);
    expect(String(error)).toMatch(
      /large\/model\.safetensors: "blocks\.1\.mlp\.fc1\.weight".*got -70000; store it as f32/,
    );
    expect(await convert(at("large"), at("refused"), [], { dtype: "f16", check: true })).toBe(1);
    expect(printed()).toMatch(/blocks\.1\.mlp\.fc1\.weight"/);
    expect(readdirSync(folder).filter((name) => /refused|tmp/.test(name))).toEqual([]);
  });

  it.each([
    ["another precision", { dtype: "f8" }, /--dtype: must be f16, f32, got "f8"/],
    ["a direction that is another", { dtype: "f16", to: "class-table" }, /--dtype: --to class-table takes/],
    ["what another direction takes", { dtype: "f16", heads: 2 }, /--heads: a run of another precision takes --dtype/],
  ])("for %s", async (_, options, message) => {
    const model = readFileSync(runFiles(at("bank")).model);
    await expect(convert(at("bank"), at("refused"), [], options)).rejects.toThrow(message);
    expect(existsSync(at("refused"))).toBe(false);
    expect(readFileSync(runFiles(at("bank")).model)).toEqual(model);
  });

  it("for a checkpoint, which becomes a run first", async () => {
    const { tensors } = await readSafetensors(runFiles(at("bank")).model);
    await writeSafetensors(at("checkpoint.safetensors"), { w: takeRows(tensors.pos_embed as NDArray, [0]) });
    await expect(convert(at("checkpoint.safetensors"), at("refused"), [], { dtype: "f16" })).rejects.toThrow(
      /--dtype: a checkpoint to become a run takes/,
    );
  });
});
