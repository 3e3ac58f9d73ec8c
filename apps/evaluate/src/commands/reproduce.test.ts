import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onnxEngine } from "@gmem/engine-onnx";
import { openBank } from "@gmem/memory-bank";
import { runFiles } from "@gmem/runs";
import { array, key, type Named, type NDArray } from "@gmem/tensor";
import { drawnParameters } from "@gmem/testing";
import { klVaeParameters, vaVaeF16D32 } from "@gmem/tokenizers/va-vae";
import { readSafetensors, writeNpz, writeSafetensors, writeTorch } from "@gmem/weights";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { evaluate } from "../../test/evaluate.ts";
import { type LoopbackHub, loopbackHub } from "../../test/hub.ts";
import { prepareRun } from "../reproduce/prepare-run.ts";
import { in256After160 } from "../reproductions/in256-160.ts";
import type { Reproduction } from "../reproductions/reproduction.ts";
import { reproductions } from "../reproductions/reproductions.ts";

const folder = mkdtempSync(join(tmpdir(), "gmem-reproduce-"));
const at = (...path: string[]): string => join(folder, ...path);
const fixture = (path: string): string => fileURLToPath(new URL(`../../../../packages/${path}`, import.meta.url));

/** A tokenizer of the checkpoint's 6 channels, small enough for a test. */
const network = { ...vaVaeF16D32, latentChannels: 6, zChannels: 6, channels: 32, multipliers: [1, 1, 1, 1, 1] };
const small = { ...network, residualBlocks: 1, attentionLevels: [] };
const setting = `tokenizer.network=${JSON.stringify(small)}`;
const vae = "hustvl/vavae-imagenet256-f16d32-dinov2";

let hub: LoopbackHub;

beforeAll(async () => {
  await writeTorch(at("vae.pt"), { state_dict: drawnParameters(klVaeParameters(small)) });
  const channel = (value: number): NDArray<"f32"> => array(new Float32Array(6).fill(value), [1, 6, 1, 1]);
  await writeTorch(at("stats.pt"), { mean: channel(0), std: channel(1) });
  const { tensors } = await readSafetensors(fixture("metrics/test/fixtures/inception_fid_narrow.a.safetensors"));
  const weights = Object.entries(tensors).flatMap(([name, value]) =>
    name.startsWith("w/") ? [[name.slice(2), value] as const] : [],
  );
  await writeSafetensors(at("inception.safetensors"), Object.fromEntries(weights) as Named<NDArray>);
  const width = tensors["out/pool3"]?.shape[1] as number;
  const one = Float64Array.from({ length: width ** 2 }, (_, i) => (i % (width + 1) === 0 ? 1 : 0));
  const mu = array(Float64Array.from(key(0).normal([width]).data), [width], "f64");
  await writeNpz(at("reference.npz"), { mu, sigma: array(one, [width, width], "f64") });
  hub = await loopbackHub({
    "Tangentone/GMem/weights.pt": readFileSync(fixture("runs/test/fixtures/gmem-ldit.pt")),
    "Tangentone/GMem/bank.pth": readFileSync(fixture("runs/test/fixtures/gmem-bank-full.pt")),
    [`${vae}/vavae-imagenet256-f16d32-dinov2.pt`]: readFileSync(at("vae.pt")),
    [`${vae}/latents_stats.pt`]: readFileSync(at("stats.pt")),
    "AlienKevin/adm_evals/VIRTUAL_imagenet256_labeled.npz": readFileSync(at("reference.npz")),
  });
  vi.stubEnv("HF_ENDPOINT", hub.url);
  vi.stubEnv("HF_HOME", at("hub"));
});
afterAll(() => {
  vi.unstubAllEnvs();
  hub.close();
});

const named = [
  ...["--file", "checkpoint=hf:Tangentone/GMem/weights.pt", "--file", "bank=hf:Tangentone/GMem/bank.pth"],
  ...["--file", `inception=${at("inception.safetensors")}`],
];

describe("gmem-evaluate reproduce", () => {
  it("lists what it knows, with the paper's numbers", async () => {
    const { stdout } = await evaluate("reproduce");
    expect(stdout).toMatch(/^in256-160 +1\.53, Table 1: ImageNet 256²/m);
    for (const name of ["cifar10-52 ", "table-4-random-5 ", "table-11-svd "]) expect(stdout).toContain(name);
  });

  it("says files, bytes and GPU-hours, asks the hub for sizes and fetches nothing", async () => {
    const { status, stdout } = await evaluate("reproduce", "in256-160", "--dry-run", "--out", at("dry"));
    expect(status).toBe(0);
    expect(stdout).toContain("paper       FID 1.53 (GMem, 160 epochs, Table 1)");
    expect(stdout).toMatch(/tokenizer +VA-VAE f16d32: \d[\d.]* [kM]B\n +hf:hustvl\/vavae/);
    expect(stdout).toMatch(/checkpoint +weights .*: about 5\.4 GB\n +not named: --file checkpoint=FILE/);
    expect(stdout).toMatch(/50000 samples, 1\.\d+ EFLOP of the network: 2\dh/);
    expect([hub.fetched, existsSync(at("dry"))]).toEqual([[], false]);
  });

  it("names every file that is missing at once, before anything is fetched", async () => {
    const { status, stderr } = await evaluate("reproduce", "in256-160", "--out", at("none"));
    expect(status).toBe(2);
    expect(stderr).toMatch(
      /needs 3 more files[\s\S]*--file checkpoint=FILE[\s\S]*--file bank=FILE[\s\S]*--file inception=FILE/,
    );
    expect(existsSync(at("none"))).toBe(false);
    expect(await evaluate("reproduce", "in256-160", "--file", "chekpoint=x")).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('Did you mean "checkpoint"?'),
    });
    expect((await evaluate("reproduce", "in256-16")).stderr).toContain('Did you mean "in256-160"?');
  });

  it("fetches, converts, samples and scores, prints ours beside the paper's, and goes on after a stop", async () => {
    const run = (...more: string[]) =>
      evaluate(
        ...["reproduce", "in256-160", setting, "sampler.steps=3", ...named],
        ...["--count", "18", "--metrics", "fid", "--out", at("out"), ...more],
      );
    const { status, stdout, stderr } = await run();
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(/FID +ours [\d.]+ \[.*\] of 18 samples, paper 1\.53 \(GMem, 160 epochs, Table 1\)/);
    expect(stdout).toContain("the paper's number is of 50,000 samples");
    expect([...hub.fetched].sort()).toEqual([
      "AlienKevin/adm_evals/VIRTUAL_imagenet256_labeled.npz",
      "Tangentone/GMem/bank.pth",
      "Tangentone/GMem/weights.pt",
      `${vae}/latents_stats.pt`,
      `${vae}/vavae-imagenet256-f16d32-dinov2.pt`,
    ]);
    const [samples = ""] = readdirSync(at("out", "samples"));
    for (const name of ["000003.png", "000017.png"]) rmSync(at("out", "samples", samples, name));
    rmSync(at("out", "features"), { recursive: true });
    const again = await run();
    expect(again.stdout).toBe(stdout);
    expect(hub.fetched).toHaveLength(5);
    expect(await run("--seed", "1")).toMatchObject({ status: 2, stderr: expect.stringMatching(/go on as it began/) });
  });

  it("gives a run the bank's SVD factors, as Table 11 draws from", async () => {
    const engine = await onnxEngine({ threads: 1 });
    const of = { ...in256After160, memory: { rank: 2 } };
    const files = {
      ...{
        checkpoint: fixture("runs/test/fixtures/gmem-ldit.pt"),
        bank: fixture("runs/test/fixtures/gmem-bank-full.pt"),
      },
      ...{ tokenizer: at("vae.pt"), statistics: at("stats.pt") },
    };
    const run = await prepareRun(of, { out: at("svd"), engine, seed: 0, files, settings: [setting] });
    const bank = await openBank(runFiles(run).bank);
    expect([bank.rank, (reproductions["table-11-svd"] as Reproduction).memory]).toEqual([2, { rank: 512 }]);
    await bank.close();
    await engine.dispose();
  });
});
