import "@gmem/testing";
import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fromOriginalNames, sana } from "@gmem/backbones/sana";
import { readRunConfig, runFiles } from "@gmem/runs";
import { array, evaluate, key, type Named, type NDArray, type Tensor, trace, zeros } from "@gmem/tensor";
import { readSafetensors, writeSafetensors, writeTorch } from "@gmem/weights";
import { beforeAll, beforeEach, describe, expect, it, type MockInstance, vi } from "vitest";
import { convert } from "./convert.ts";
import { inspect } from "./inspect.ts";
import { sampleRun } from "./sample.ts";

const folder = mkdtempSync(join(tmpdir(), "gmem-sana-"));
const at = (...path: string[]): string => join(folder, ...path);

/** What diffusers gave of tiny random weights: its inputs and output, and the weights under the file's names. */
async function reference(
  name: string,
): Promise<{ readonly tensors: Named<NDArray>; readonly weights: Named<NDArray> }> {
  const path = `../../../../packages/backbones/test/fixtures/${name}.safetensors`;
  const { tensors } = await readSafetensors(fileURLToPath(new URL(path, import.meta.url)));
  const weights = Object.entries(tensors).flatMap(([key, value]) =>
    key.startsWith("w/") ? [[key.slice(2), value] as const] : [],
  );
  return { tensors, weights: Object.fromEntries(weights) };
}
const model = async (run: string): Promise<Named<NDArray>> => (await readSafetensors(runFiles(at(run)).model)).tensors;

/** The output of a run's network for the inputs of a reference, whose grid is another. */
async function forward(run: string, tensors: Named<NDArray>): Promise<NDArray> {
  const { backbone: settings } = readRunConfig(runFiles(at(run))).config;
  if (settings.kind !== "sana") return expect.fail(`a run with a Sana, got ${settings.kind}`);
  const { kind: _, time: __, qkNorm: ___, ...own } = { qkNorm: undefined, ...settings };
  const given = (name: string): NDArray => tensors[`in/${name}`] as NDArray;
  const [, ...latent] = given("x").shape as readonly [number, number, number, number];
  const backbone = sana({ ...own, latent });
  const mask = array(Float32Array.from(given("mask").data), given("mask").shape);
  const [x, t, tokens, c] = [given("x"), given("t"), given("tokens"), zeros([3, backbone.hiddenSize])];
  const feeds: Named<NDArray> = { x, t, tokens, mask, c };
  const graph = trace({ feeds, state: await model(run) }, ({ feeds: traced, state }) => {
    const { x, t, c, tokens, mask } = traced as Record<"x" | "t" | "c" | "tokens" | "mask", Tensor>;
    return { fetches: { y: backbone.apply(state, x, t, c, { tokens, mask }).output } };
  });
  return evaluate(graph, feeds, await model(run)).fetches.y as NDArray;
}

let stdout: MockInstance<typeof process.stdout.write>;
const printed = (): string => stdout.mock.calls.map(([text]) => String(text)).join("");
beforeAll(() => {
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
  stdout = vi.spyOn(process.stdout, "write").mockReturnValue(true);
});
beforeEach(() => stdout.mockClear());

const flags = { heads: 4, crossHeads: 2, latent: "3,4,4" };

describe.each([
  ["sana.a", "diffusers'", "safetensors", flags],
  ["sana.b", "the original's", "pt", { heads: 2, crossHeads: 4, latent: "3,4,4" }],
] as const)("a Sana under %s (%s names)", (file, _, ending, given) => {
  const [run, back, again] = ["run", "back", "again"].map((word) => `${file}-${word}`) as [string, string, string];

  it("becomes a run whose network gives diffusers' output", async () => {
    const { tensors, weights } = await reference(file);
    if (ending === "pt")
      await writeTorch(at(`${file}.pt`), { state_dict: { ...weights, pos_embed: zeros([1, 4, 4]) } });
    else await writeSafetensors(at(`${file}.safetensors`), weights);
    expect(await convert(at(`${file}.${ending}`), at(run), [], given)).toBe(0);
    expect(printed()).toMatch(/sana, \d blocks? of \d+ .*tokens of texts, time data0/);
    expect(printed()).toContain("drawing needs the text encoder: give textEncoder=");
    expect(printed()).toMatch(/next +gmem-train run openuni-stage-1 data=IMAGES start\.run=/);
    expect(await model(run)).toEqual(fromOriginalNames(weights));
    expect(await forward(run, tensors)).toBeAllclose(tensors["out/forward"] as NDArray, { atol: 1e-5, rtol: 1e-5 });
  });

  it("is listed by tensor before it is converted, fused ones with all that they hold", async () => {
    expect(await convert(at(`${file}.${ending}`), at("none"), [], { ...given, check: true })).toBe(0);
    expect(printed()).toMatch(/it converts/);
    if (ending === "pt") {
      expect(printed()).toMatch(
        /blocks\.0\.cross_attn\.kv_linear\.weight .*attn2\.to_k\.weight, .*attn2\.to_v\.weight/,
      );
      expect(printed()).toMatch(/pos_embed .*not used/);
    }
    expect(existsSync(at("none"))).toBe(false);
  });

  it("goes back to the names that it came with, and that file needs no flags", async () => {
    const { weights } = await reference(file);
    expect(await convert(at(run), at(`${back}.safetensors`), [], {})).toBe(0);
    expect((await readSafetensors(at(`${back}.safetensors`))).tensors).toEqual(weights);
    expect(await convert(at(`${back}.safetensors`), at(again), [], {})).toBe(0);
    expect(await model(again)).toEqual(await model(run));
    const [one, two] = [run, again].map((name) => readRunConfig(runFiles(at(name))).config);
    expect({ ...two, name: "" }).toEqual({ ...one, name: "" });
  });
});

describe("a Sana", () => {
  it("whose heads no shape shows is not converted without them, and inspect names the options", async () => {
    await expect(convert(at("sana.a.safetensors"), at("none"), [], {})).rejects.toThrow(/heads must be given/);
    await expect(convert(at("sana.a.safetensors"), at("none"), [], { ...flags, family: "dit" })).rejects.toThrow(
      /family must be sana/,
    );
    await expect(convert(at("sana.a.safetensors"), at("none"), [], { ...flags, time: "data1" })).rejects.toThrow(
      /data0/,
    );
    expect(existsSync(at("none"))).toBe(false);
  });
});

describe("OpenUni's file", () => {
  const wide = { hiddenSize: 64, intermediateSize: 12 };
  const small = (drawn: NDArray<"f32">): NDArray => ({ ...drawn, data: drawn.data.map((value) => value / 8) });
  const linear = (name: string, [out, into]: readonly [number, number]): Named<NDArray> => ({
    [`${name}.weight`]: small(key(name.length).normal([out, into])),
    [`${name}.bias`]: key(out + into).normal([out]),
  });
  const norm = (name: string): Named<NDArray> => ({
    [`${name}.weight`]: key(1).uniform([64]),
    [`${name}.bias`]: key(2).normal([64]),
  });
  const layer = "connector.layers.0";
  const D: readonly [number, number] = [64, 64];
  const connector = {
    meta_queries: key(3).normal([4, 64]),
    ...norm(`${layer}.layer_norm1`),
    ...norm(`${layer}.layer_norm2`),
    ...Object.assign(
      {},
      ...["q_proj", "k_proj", "v_proj", "out_proj"].map((one) => linear(`${layer}.self_attn.${one}`, D)),
    ),
    ...linear(`${layer}.mlp.fc1`, [wide.intermediateSize, 64]),
    ...linear(`${layer}.mlp.fc2`, [64, wide.intermediateSize]),
    ...linear("projector", [7, 64]),
  };
  const words = "textEncoder={kind: prompt-tokens, of: {kind: hashed-words, dim: 64}, length: 70, template: bare}";
  const file = async (): Promise<Named<NDArray>> => {
    const { weights } = await reference("sana.a");
    const network = Object.entries(weights).map(([name, value]) => [`transformer.${name}`, value] as const);
    return { ...connector, ...Object.fromEntries(network) };
  };

  it("becomes a run that draws from words, goes back, and says where its queries learned", async () => {
    const tensors = await file();
    await writeTorch(at("openuni.pth"), { ...tensors, "lmm.language_model.model.norm.weight": key(9).normal([64]) });
    expect(await convert(at("openuni.pth"), at("openuni"), [words, "sampler.steps=2"], flags)).toBe(0);
    expect(printed()).toMatch(/tokens of texts by 4 queries and 1 layer of 64/);
    expect(printed()).toMatch(/queries learned inside the language model; here they meet its tokens in the connector/);
    const own = await model("openuni");
    expect(own["t2s.meta_queries"]).toEqual(connector.meta_queries);
    expect(Object.keys(own)).toHaveLength(Object.keys(tensors).length);
    const draw = async (text: string): Promise<NDArray> => {
      await sampleRun(at("openuni"), { count: 1, seed: 0, weights: "ema", text: [text], latents: at("z.safetensors") });
      return (await readSafetensors(at("z.safetensors"))).tensors.latents as NDArray;
    };
    const circle = await draw("a red circle");
    expect(circle.shape).toEqual([1, 3, 4, 4]);
    expect(await draw("a red circle")).toEqual(circle);
    expect(await draw("a blue square")).not.toBeAllclose(circle, { atol: 1e-4 });
    expect(await convert(at("openuni"), at("openuni.safetensors"), [], {})).toBe(0);
    expect((await readSafetensors(at("openuni.safetensors"))).tensors).toEqual(tensors);
    expect(await convert(at("openuni.safetensors"), at("openuni-again"), [], {})).toBe(0);
    expect(await model("openuni-again")).toEqual(own);
    expect(printed().match(/queries learned inside/g)).toHaveLength(1); // of OpenUni's file, not of ours
    stdout.mockClear();
    await inspect(at("openuni.safetensors"), {});
    expect(printed()).toMatch(/recognised: identifyCheckpoint: heads must be given and divide D = 20/);
  });

  it("without its network, or with a number that is none, is refused and writes nothing", async () => {
    await writeTorch(at("alone.pth"), connector);
    await expect(convert(at("alone.pth"), at("none"), [], flags)).rejects.toThrow(/queries without the network/);
    const tensors = await file();
    const bias = connector["projector.bias"] as NDArray<"f32">;
    const broken = {
      ...tensors,
      "projector.bias": { ...bias, data: bias.data.map((x, i) => (i === 3 ? Number.NaN : x)) },
    };
    await writeTorch(at("broken.pth"), broken);
    await expect(convert(at("broken.pth"), at("none"), [words], flags)).rejects.toMatchObject({
      code: "NON_FINITE",
      message: expect.stringContaining("projector.bias"),
    });
    expect(existsSync(at("none"))).toBe(false);
  });
});
