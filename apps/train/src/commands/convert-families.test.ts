import "@gmem/testing";
import { existsSync, mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readRunConfig, runFiles } from "@gmem/runs";
import { array, type Named, type NDArray, takeRows } from "@gmem/tensor";
import { readSafetensors, writeNpz, writeSafetensors, writeTorch } from "@gmem/weights";
import { beforeAll, beforeEach, describe, expect, it, type MockInstance, vi } from "vitest";
import { convert } from "./convert.ts";
import { inspect } from "./inspect.ts";
import { sampleRun } from "./sample.ts";

const folder = mkdtempSync(join(tmpdir(), "gmem-families-"));
const at = (...path: string[]): string => join(folder, ...path);
const published = (name: string): string =>
  fileURLToPath(new URL(`../../../../packages/backbones/test/fixtures/${name}.a.safetensors`, import.meta.url));

/** Inputs and outputs of an original network, and its weights under their names. */
async function original(name: string): Promise<{ readonly tensors: Named<NDArray>; readonly weights: Named<NDArray> }> {
  const { tensors } = await readSafetensors(published(name));
  const weights = Object.entries(tensors).flatMap(([key, value]) =>
    key.startsWith("w/") ? [[key.slice(2), value] as const] : [],
  );
  return { tensors, weights: Object.fromEntries(weights) };
}

let stdout: MockInstance<typeof process.stdout.write>;
const printed = (): string => stdout.mock.calls.map(([text]) => String(text)).join("");

beforeAll(() => {
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
  stdout = vi.spyOn(process.stdout, "write").mockReturnValue(true);
});
beforeEach(() => stdout.mockClear());

/** Latents of each sample under its own label. */
async function byLabels(
  run: string,
  noise: NDArray,
  { labels, ...options }: { readonly labels: NDArray; readonly [flag: string]: unknown },
) {
  const rows: NDArray[] = [];
  for (const [i, label] of labels.data.entries()) {
    await writeSafetensors(at("noise.safetensors"), { noise: takeRows(noise as NDArray<"f32">, [i]) });
    const files = { noise: at("noise.safetensors"), latents: at("latents.safetensors") };
    await sampleRun(at(run), { count: 1, seed: 0, weights: "ema", ...options, label: Number(label), ...files });
    rows.push((await readSafetensors(at("latents.safetensors"))).tensors.latents as NDArray);
  }
  const data = Float32Array.from(rows.flatMap((row) => Array.from(row.data)));
  return array(data, noise.shape);
}

describe("averaged weights", () => {
  it.each(["ema_model", "state_dict_ema", "params_ema", "ema/ema_model"])(
    "under %s are taken, which is said, and the raw ones by name",
    async (place) => {
      const { weights } = await original("sit_model");
      const averaged = Object.fromEntries(
        Object.entries(weights).map(([name, { data, ...rest }]) => [name, { ...rest, data: data.map((x) => 2 * x) }]),
      ) as Named<NDArray>;
      const [outer = "", inner] = place.split("/");
      const inside = (prefix: string): Named<NDArray> =>
        Object.fromEntries(Object.entries(averaged).map(([name, value]) => [`${prefix}.${name}`, value]));
      await writeTorch(at("averaged.pt"), { model: weights, [outer]: inner ? inside(inner) : averaged });
      const run = place.replace("/", "-");
      const embedding = async (name: string): Promise<NDArray> =>
        (await readSafetensors(runFiles(at(name)).model)).tensors["x_embedder.proj.bias"] as NDArray;
      await convert(at("averaged.pt"), at(run), [], { heads: 3 });
      expect(printed()).toContain(`weights  averaged weights, "${place}"; the file also has "model" (--weights)`);
      expect(await embedding(run)).toEqual(averaged["x_embedder.proj.bias"]);
      stdout.mockClear();
      await convert(at("averaged.pt"), at(`${run}-raw`), [], { heads: 3, weights: "model" });
      expect(printed()).toContain('weights  "model", which is not averaged');
      expect(await embedding(`${run}-raw`)).toEqual(weights["x_embedder.proj.bias"]);
    },
  );
  it("of two kinds are listed, and one is chosen by its name", async () => {
    const { weights } = await original("sit_model");
    await writeTorch(at("two.pt"), { model: weights, ema: [weights, weights] });
    await expect(convert(at("two.pt"), at("two"), [], { heads: 3 })).rejects.toThrow(/--weights.* ema\/0 .* ema\/1/);
    expect(existsSync(at("two"))).toBe(false);
    await convert(at("two.pt"), at("two"), [], { heads: 3, weights: "ema/1" });
    expect(printed()).toContain('weights  averaged weights, "ema/1"');
  });
});

describe("published class-conditional checkpoints", () => {
  it("SiT draws by Euler what the original sampler draws, and goes back with its names", async () => {
    const { tensors, weights } = await original("sit_model");
    const args = { state_dict: weights, opt: { lr: 1e-4 }, args: { model: "SiT" } };
    await writeTorch(at("sit.pt"), args);
    await convert(at("sit.pt"), at("sit"), [], { heads: 3 });
    expect(printed()).toMatch(/assumed {2}--family: taken as sit[\s\S]*sample .*sit --label 0/);
    const { config, classes } = readRunConfig(runFiles(at("sit")));
    expect(config).toMatchObject({
      tokenizer: { kind: "sd-vae" },
      image: { size: 64 },
      backbone: { kind: "sit", time: "data1", learnSigma: true },
      conditioner: { kind: "class-table", dropProbability: 0.1 },
      sampler: { solver: "euler-maruyama", steps: 250 },
    });
    expect(classes).toEqual(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
    const states = tensors["out/ode_euler6"] as NDArray<"f32">; // [6,4,4,8,8]
    const end = array(states.data.slice(-1024), [4, 4, 8, 8]);
    const [x, labels] = [tensors["in/x"], tensors["in/y"]] as [NDArray, NDArray];
    const rows = [1, 2, 3]; // the first has the null class, which is no label
    const some = (value: NDArray): NDArray<"f32"> => takeRows(value as NDArray<"f32">, rows);
    const own = array(
      Float32Array.from(rows, (i) => Number(labels.data[i])),
      [rows.length],
    );
    const drawn = await byLabels("sit", some(x), { labels: own, solver: "euler", steps: 5 });
    expect(drawn).toBeAllclose(some(end), { atol: 1e-5 });
    await convert(at("sit"), at("again.safetensors"), [], {});
    expect((await readSafetensors(at("again.safetensors"))).tensors).toEqual(weights);
  });

  it("older REPA files have data at 0 and draw what REPA draws; their names come back", async () => {
    const { tensors, weights } = await original("repa_sit");
    const legacy = Object.fromEntries(
      Object.entries(weights).map(([name, value]) => [name.replace("blocks.1.", "decoder_blocks.0."), value]),
    );
    await writeTorch(at("repa.pt"), { model: legacy, ema: legacy, steps: 400000 });
    await convert(at("repa.pt"), at("repa"), [], { heads: 2 });
    const { config } = readRunConfig(runFiles(at("repa")));
    expect(config).toMatchObject({ backbone: { time: "data0" }, objective: { repa: { depth: 1, hidden: 20 } } });
    const [noise, labels] = [tensors["in/latents"], tensors["in/y"]] as [NDArray, NDArray];
    const drawn = await byLabels("repa", noise, { labels, solver: "euler", steps: 5 });
    expect(drawn).toBeAllclose(tensors["out/euler5"] as NDArray, { atol: 1e-5 });
    await convert(at("repa"), at("repa-again.safetensors"), [], {});
    expect((await readSafetensors(at("repa-again.safetensors"))).tensors).toEqual(legacy);
  });

  it("DiT becomes a run of the discrete process", async () => {
    await writeSafetensors(at("dit.safetensors"), (await original("dit_model")).weights);
    await convert(at("dit.safetensors"), at("dit"), [], { heads: 2, family: "dit" });
    expect(readRunConfig(runFiles(at("dit"))).config).toMatchObject({
      backbone: { kind: "dit", time: "data0" },
      objective: { loss: "ddpm", interpolant: "vp" },
      sampler: { solver: "ancestral", steps: 250 },
    });
    await sampleRun(at("dit"), {
      count: 2,
      seed: 0,
      weights: "ema",
      steps: 3,
      label: 4,
      cfg: 2,
      latents: at("d.safetensors"),
    });
    expect((await readSafetensors(at("d.safetensors"))).tensors.latents?.data.every(Number.isFinite)).toBe(true);
  });

  it("LightningDiT becomes a run of VA-VAE's latents, or of a tokenizer that is set", async () => {
    await writeSafetensors(at("ldit.safetensors"), (await original("ldit_class")).weights);
    await expect(convert(at("ldit.safetensors"), at("ldit"), [], {})).rejects.toThrow(
      /must be those of the checkpoint, \[8,4,4\], got \[32,4,4\]; set .*latentChannels: 8/,
    );
    await convert(at("ldit.safetensors"), at("ldit"), ["tokenizer.network={latentChannels: 8}"], {});
    expect(readRunConfig(runFiles(at("ldit")))).toMatchObject({
      config: { tokenizer: { kind: "va-vae" }, image: { size: 64 }, backbone: { heads: 3, rope: true } },
      classes: Array.from({ length: 12 }, (_, y) => String(y)),
    });
    await convert(
      at("ldit.safetensors"),
      at("other"),
      ["tokenizer.kind=dc-ae", "tokenizer.network={latentChannels: 8}"],
      {},
    );
    expect(readRunConfig(runFiles(at("other"))).config).toMatchObject({
      tokenizer: { kind: "dc-ae" },
      image: { size: 128 },
    });
  });
});

describe("convert", () => {
  beforeAll(async () => {
    const { weights } = await original("sit_model");
    const { "blocks.1.attn.proj.bias": _, ...rest } = weights;
    const wrong = { ...rest, extra: array([1, 2]), "blocks.0.mlp.fc1.bias": array([1, 2, 3]) };
    await writeSafetensors(at("wrong.safetensors"), wrong);
    await writeSafetensors(at("right.safetensors"), weights);
  });

  it("--check lists every tensor, missing, unexpected and mis-shaped ones, and exits 1", async () => {
    const before = readdirSync(folder);
    expect(await convert(at("wrong.safetensors"), at("none"), [], { heads: 3, check: true })).toBe(1);
    expect(printed()).toMatch(/extra +\[2\] +F32 +not used/);
    expect(printed()).toMatch(/y_embedder\.embedding_table\.weight .*class table/);
    expect(printed()).toMatch(
      /missing: blocks\.1\.attn\.proj\.bias\nunexpected: extra\nmis-shaped: blocks\.0\.mlp\.fc1\.bias \[3\] for \[96\]/,
    );
    await writeSafetensors(at("stranger.safetensors"), { "visual.proj": array([1, 2]) });
    expect(await convert(at("stranger.safetensors"), at("none"), [], { check: true })).toBe(1);
    expect(printed()).toMatch(
      /visual\.proj +\[2\] +F32 +not used\n\n1 tensor, 1 not used\n.*SiT, DiT and LightningDiT have/,
    );
    expect(await convert(at("right.safetensors"), at("none"), [], { heads: 3, check: true })).toBe(0);
    expect(printed()).toMatch(/it converts\n$/);
    expect(readdirSync(folder).filter((name) => name !== "stranger.safetensors")).toEqual(before);
  });

  it("leaves nothing behind where it cannot", async () => {
    const before = readdirSync(folder);
    const into = (source: string, options: object, settings: readonly string[] = []) =>
      expect(convert(at(source), at("none"), settings, options)).rejects;
    await into("wrong.safetensors", { heads: 3 }).toMatchObject({ code: "WEIGHTS" });
    await into("right.safetensors", {}).toThrow(/heads must be given/);
    await into("right.safetensors", { heads: 3 }, ["image.size=32"]).toThrow(
      /must be those of the checkpoint, \[4,8,8\]/,
    );
    await into("right.safetensors", { heads: 3 }, ["backbone.depth=1"]).toThrow(/must leave the network/);
    await into("right.safetensors", { heads: 3 }, ["conditioner.kind=unconditional"]).toThrow(/conditioner\.kind/);
    await into("right.safetensors", { heads: 3, bank: at("right.safetensors") }).toThrow(/with an S-Adapter/);
    await into("right.safetensors", { heads: 3, to: "class-table" }).toThrow(/convert it to a run folder first/);
    await into("right.safetensors", { family: "unet" }).toThrow(/--family: must be sit, dit/);
    await into("absent.pt", {}).toThrow(/does not exist/);
    await expect(convert(at("right.safetensors"), folder, [], { heads: 3 })).rejects.toThrow(/must not exist yet/);
    expect(readdirSync(folder)).toEqual(before);
  });

  it("a failure while writing removes what was written", async () => {
    const before = readdirSync(folder);
    const names = "y_embedder.embedding_table.weight";
    const { weights } = await original("sit_model");
    await writeTorch(at("cut.pt"), weights as never);
    const broken = vi.spyOn(process, "version", "get").mockImplementation(() => {
      throw new Error(`lost ${names}`);
    });
    await expect(convert(at("cut.pt"), at("none"), [], { heads: 3 })).rejects.toThrow(/lost/);
    broken.mockRestore();
    expect(readdirSync(folder).filter((name) => name !== "cut.pt")).toEqual(before);
    expect(existsSync(at("none"))).toBe(false);
  });
});

describe("inspect", () => {
  it("describes torch and npz files and says what they are", async () => {
    await inspect(at("repa.pt"), {});
    expect(printed()).toMatch(
      /ema\/decoder_blocks\.0[\s\S]*76 tensors, .*, torch\nweights: averaged weights, "ema"; .*"model".*\nrecognised: .*convert.*\nsteps: 400000/,
    );
    await writeNpz(at("some.npz"), { noise: array([1, 2, 3, 4], [2, 2]) });
    stdout.mockClear();
    await inspect(at("some.npz"), { json: true });
    expect(JSON.parse(printed())).toMatchObject({ format: "npz", parameters: 4 });
    stdout.mockClear();
    await inspect(at("sit"), {});
    expect(printed()).toMatch(/32 tensors.*safetensors\nrecognised: /);
  });
});
