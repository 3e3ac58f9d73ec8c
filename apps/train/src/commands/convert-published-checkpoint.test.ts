import "@gmem/testing";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openBank } from "@gmem/memory-bank";
import { checkConfig, openRun, readRunConfig, runFiles } from "@gmem/runs";
import { array, type Named, type NDArray, takeRows } from "@gmem/tensor";
import { readSafetensors, readTorch, readWeights, writeSafetensors } from "@gmem/weights";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { convert } from "./convert.ts";
import { sampleRun } from "./sample.ts";

// A checkpoint and banks written by torch.save, and latents that a Python sampler draws with them: make.py beside them.
const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../../../packages/runs/test/fixtures/${name}`, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "gmem-convert-"));
const at = (...path: string[]): string => join(folder, ...path);

/** Latents of 6 channels are of no published tokenizer. */
const settings = ["tokenizer.network={latentChannels: 6}"];
const checkpoint = fixture("gmem-ldit.pt");
const rows = [7, 2, 7];
const plain = { seed: 0, weights: "ema" } as const;
const guided = { cfg: 3.25, cfgInterval: [0, 0.7] };

let reference: Named<NDArray<"f32">>;

beforeAll(async () => {
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
  vi.spyOn(process.stdout, "write").mockReturnValue(true);
  reference = (await readSafetensors(fixture("gmem-trajectories.safetensors"))).tensors as typeof reference;
  const { noise, stepNoise } = reference as { noise: NDArray; stepNoise: NDArray };
  await writeSafetensors(at("noise.safetensors"), { noise, stepNoise });
  const given = { settings, bank: fixture("gmem-bank-full.pt") };
  await convert(checkpoint, at("full"), given.settings, { bank: given.bank });
  await convert(checkpoint, at("dmd"), settings, { bank: fixture("gmem-bank-dmd.pt"), tap: 2 });
  await convert(checkpoint, at("raw"), settings, { bank: given.bank, weights: "raw" });
});

/** The last of the states [K,N,C,H,W] that Python went through. */
function end(name: string): NDArray<"f32"> {
  const states = reference[name] as NDArray<"f32">;
  const [points = 0, ...shape] = states.shape;
  return array(states.data.slice(states.data.length - states.data.length / points), shape);
}

async function drawn(run: string, options: object): Promise<NDArray> {
  const latents = at(`${run}.latents.safetensors`);
  await sampleRun(at(run), { ...plain, ...options, noise: at("noise.safetensors"), latents });
  return (await readSafetensors(latents)).tensors.latents as NDArray;
}

describe("a checkpoint of the GMem code, converted", () => {
  const list = rows.join(",");
  it.each([
    [
      "Euler on a shifted grid",
      "full",
      "ode_euler7_shift0.3",
      { rows: list, solver: "euler", steps: 6, shift: 1 / 0.3 },
    ],
    [
      "Euler with guidance in an interval",
      "full",
      "ode_euler7_cfg",
      { rows: list, solver: "euler", steps: 6, ...guided },
    ],
    ["Heun's SDE with guidance, as the preset samples", "full", "sde_heun8_cfg", { rows: list, steps: 8, ...guided }],
    ["Heun's SDE from a bank of factors", "dmd", "sde_heun8_dmd", { rows: list, steps: 8 }],
    [
      "Euler with the weights that were not averaged",
      "raw",
      "ode_euler7_raw",
      { rows: list, solver: "euler", steps: 6 },
    ],
  ] as const)("draws from stored noise what Python draws: %s", async (_, run, name, options) => {
    expect(await drawn(run, options)).toBeAllclose(end(name), { atol: 1e-5 });
  });

  it("draws from stored snippets as from the rows they are", async () => {
    const { tensors } = await readTorch(fixture("gmem-bank-full.pt"));
    const snippets = takeRows(tensors.tensor as NDArray<"f32">, rows);
    const { noise, stepNoise } = reference as { noise: NDArray; stepNoise: NDArray };
    await writeSafetensors(at("given.safetensors"), { noise, stepNoise, snippets });
    const latents = at("given.latents.safetensors");
    await sampleRun(at("full"), { ...plain, steps: 8, ...guided, noise: at("given.safetensors"), latents });
    expect((await readSafetensors(latents)).tensors.latents).toBeAllclose(end("sde_heun8_cfg"), { atol: 1e-5 });
  });

  it("goes through Python's states, step by step", async () => {
    const run = await openRun(at("full"));
    try {
      const { sampler: own } = checkConfig(
        { ...run.config, sampler: { ...run.config.sampler, steps: 8, ...guided } },
        "test",
      );
      const { conditioner } = run;
      const { noise, stepNoise } = reference as Record<"noise" | "stepNoise", NDArray<"f32">>;
      const ready = await run.sampler(own, { batchSize: 3 });
      const feeds = await conditioner.resolve(noise, conditioner.parse({ rows }));
      const size = noise.data.length;
      const eps = (step: number) => array(stepNoise.data.subarray(step * size, (step + 1) * size), noise.shape);
      let steps = 0;
      for await (const { index, x } of ready.steps({ noise, feeds, stepNoise: eps })) {
        const { data } = reference.sde_heun8_cfg as NDArray<"f32">;
        const state = array(data.slice((index - 1) * size, index * size), noise.shape);
        expect(await x()).toBeAllclose(state, { atol: 1e-5 });
        steps++;
      }
      expect(steps).toBe(8);
    } finally {
      await run.close();
    }
  });

  it("is a run folder like any other: configuration, metadata, projector, bank as it was", async () => {
    const { config } = readRunConfig(runFiles(at("dmd")));
    expect(config).toMatchObject({
      name: "dmd",
      runs: folder,
      image: { size: 64 },
      tokenizer: { kind: "va-vae" },
      backbone: { kind: "lightning-dit", depth: 3, hiddenSize: 24, heads: 3, time: "data1" },
      conditioner: { kind: "memory-bank" },
      objective: { repa: { depth: 2, hidden: 28 } },
      sampler: { solver: "heun-sde", lastStepSize: 0.004 },
    });
    const { tensors, metadata } = await readSafetensors(runFiles(at("dmd")).model);
    expect(metadata).toMatchObject({ architecture: "lightning-dit", time_direction: "data1", weights: "ema" });
    expect(Object.keys(tensors)).toContain("projector.0.4.weight");
    const bank = await openBank(runFiles(at("dmd")).bank);
    expect(bank).toMatchObject({ size: 12, dim: 20, rank: 6 });
    await bank.close();
  });
});

/** Compares two files in PyTorch: the same keys in the same order, and torch.equal on every tensor. */
const compare = `
import sys, torch
def network(path):
    state = torch.load(path, map_location="cpu")["ema"]
    return {name.replace("module.", "", 1): x for name, x in state.items()}
a, b = network(sys.argv[1]), network(sys.argv[2])
assert list(a) == list(b), (list(a), list(b))
assert all(torch.equal(a[n], b[n]) and a[n].dtype == b[n].dtype for n in a)
model = torch.load(sys.argv[2])["model"]
assert list(model) == list(b) and all(torch.equal(model[n], b[n]) for n in b)
for one, other in (sys.argv[3:5], sys.argv[5:7]):
    x, y = torch.load(one), torch.load(other)
    if torch.is_tensor(x): assert torch.equal(x, y)
    else:
        assert sorted(x) == sorted(y)
        assert all(torch.equal(x[n], y[n]) if torch.is_tensor(x[n]) else x[n] == y[n] for n in x)
print("equal", len(a))
`;

describe("a run, converted back", () => {
  const python = "/usr/bin/python3";
  const hasTorch = spawnSync(python, ["-c", "import torch"]).status === 0;
  if (!hasTorch) process.stderr.write("not compared in PyTorch: /usr/bin/python3 has no torch\n");

  beforeAll(async () => {
    await convert(at("full"), at("full.pt"), [], {});
    await convert(at("dmd"), at("dmd.pt"), [], { bank: at("dmd-factors.pt") });
  });

  it("has every tensor of the checkpoint under its name, bit for bit, and the bank", async () => {
    const [before, after] = [(await readWeights(checkpoint)).tensors, (await readWeights(at("full.pt"))).tensors];
    expect(Object.keys(after)).toEqual(Object.keys(before));
    for (const [name, value] of Object.entries(before)) expect(after[name]).toEqual(value);
    expect((await readTorch(at("full.bank.pt"))).tensors).toEqual(
      (await readTorch(fixture("gmem-bank-full.pt"))).tensors,
    );
    const [factors, again] = await Promise.all([
      readTorch(fixture("gmem-bank-dmd.pt")),
      readTorch(at("dmd-factors.pt")),
    ]);
    expect(again.tensors).toEqual(factors.tensors);
    expect(again.values).toEqual(factors.values);
  });

  it.skipIf(!hasTorch)("is the same in PyTorch", () => {
    const files = [checkpoint, at("full.pt"), fixture("gmem-bank-full.pt"), at("full.bank.pt")];
    const banks = [fixture("gmem-bank-dmd.pt"), at("dmd-factors.pt")];
    const { status, stdout, stderr } = spawnSync(python, ["-c", compare, ...files, ...banks], { encoding: "utf8" });
    expect(stderr).toBe("");
    expect([status, stdout]).toEqual([0, "equal 58\n"]);
  });

  it("is a bare state dict as safetensors, and a run again from either", async () => {
    await convert(at("full"), at("bare.safetensors"), [], {});
    await convert(at("bare.safetensors"), at("again"), settings, { bank: at("bare.bank.pt") });
    expect(readFileSync(runFiles(at("again")).bank)).toEqual(readFileSync(runFiles(at("full")).bank));
    const [first, second] = await Promise.all(["full", "again"].map((run) => readSafetensors(runFiles(at(run)).model)));
    expect(second?.tensors).toEqual(first?.tensors);
    expect(existsSync(at("again", "samples"))).toBe(true);
  });
});
