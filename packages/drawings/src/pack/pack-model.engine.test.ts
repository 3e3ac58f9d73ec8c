import { existsSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig, runFiles, trainRun } from "@gmem/runs";
import { loadTokenizerConfig, trainTokenizer } from "@gmem/runs/tokenizer";
import type { NDArray } from "@gmem/tensor";
import "@gmem/testing";
import { openSafetensors } from "@gmem/weights";
import * as ort from "onnxruntime-web";
import { beforeAll, describe, expect, it } from "vitest";
import { serveFolders } from "../../test/serve-folders.ts";
import { drawings as inBrowser } from "../browser/index.ts";
import { drawings } from "../index.ts";
import { type PackOptions, packModel } from "./index.ts";

const root = mkdtempSync(join(tmpdir(), "gmem-pack-"));
const at = (...path: string[]): string => join(root, ...path);

const preset = {
  name: "bank",
  runs: root,
  data: "scenes",
  steps: 2,
  batch: 4,
  image: { size: 16, count: 24, heldOut: 4, layout: "free" },
  tokenizer: { kind: "trained", folder: at("autoencoder") },
  encoder: { kind: "patch-kmeans", clusters: 8, dim: 6, patchSize: 3, patches: 300 },
  backbone: { patchSize: 2, depth: 1, hiddenSize: 16, heads: 2, adaLNInit: "xavier" },
  sampler: { solver: "heun", steps: 2 },
};
const texts = [
  "conditioner.kind=t2s",
  "textEncoder.kind=hashed-words",
  "textEncoder.dim=32",
  `start.run=${at("bank")}`,
];

async function train(...settings: string[]): Promise<void> {
  const config = await loadConfig("tiny", settings, { tiny: preset });
  await trainRun(config, { files: runFiles(at(config.name)), resume: false });
}

beforeAll(async () => {
  const small = ["image.size=16", "network.channels=32", "network.multipliers=[1,1]", "batch=4", `runs=${root}`];
  const few = [...small, "image.count=12", "image.heldOut=4", "steps=2", "checkpointEvery=2", "name=autoencoder"];
  await trainTokenizer(loadTokenizerConfig("scenes", few), { resume: false });
  await train();
  await train(...texts, "name=said");
});

it("a run on latents of a trained tokenizer draws the same in Node and in a browser, from files half as large", async () => {
  const packed = await packModel(at("said"), at("model"), { bank: at("bank"), encoder: false });
  const names = ["bank/bank.safetensors", "browser.json", "config.json", "decoder.onnx", "export.json"];
  const others = ["model.safetensors", "sampler.onnx", "tokenizer-encoder.onnx", "tokenizer.safetensors"];
  expect(Object.keys(packed.files)).toEqual([...names, ...others]);
  expect(packed.bytes).toBe(Object.values(packed.files).reduce((sum, size) => sum + size, 0));
  for (const file of ["model", "tokenizer"] as const) {
    const stored = await openSafetensors(runFiles(at("model"))[file]);
    await stored.close();
    expect(new Set(Object.values(stored.tensors).map(({ dtype }) => dtype))).toEqual(new Set(["F16"]));
  }
  expect(readFileSync(at("model", "config.json"), "utf8")).not.toContain(root);

  const site = await serveFolders({ model: at("model") });
  const [node, web] = [await drawings({ model: at("model") }), await inBrowser({ model: `${site.url}/model`, ort })];
  const [ours, theirs, exact] = [
    await node.draw("a red circle", { count: 2 }),
    await web.draw("a red circle", { count: 2 }),
    await (await drawings({ model: at("said") })).draw("a red circle", { count: 2 }),
  ];
  for (const [i, { image }] of ours.entries()) {
    expect(theirs[i]?.image).toBeAllclose(image as NDArray, { atol: 1e-3, rtol: 0 });
    expect(exact[i]?.image).toBeAllclose(image as NDArray, { atol: 2e-2, rtol: 0 });
    expect(image.shape).toEqual([3, 16, 16]);
  }
  await Promise.all([node.close(), web.close()]);
  await site.close();
}, 180_000);

describe("is refused, and leaves nothing behind,", () => {
  it.each([
    [
      "a run that is not conditioned on text",
      "bank",
      {},
      /needs a run that is conditioned on text, got conditioner\.kind=memory-bank/,
    ],
    ["options that do not exist", "said", { setings: [] }, /Did you mean "settings"\?/],
    ["a folder that is no run", "nowhere", {}, /nowhere: needs model\.safetensors/],
  ])("%s", async (_, source, options, message) => {
    await expect(packModel(at(source), at("refused"), options as PackOptions)).rejects.toThrow(message);
    expect(existsSync(at("refused"))).toBe(false);
    expect(readdirSync(root).filter((name) => name.includes("refused"))).toEqual([]);
  });

  it("where something is already", async () => {
    await expect(packModel(at("said"), at("bank"))).rejects.toThrow(/must not exist yet/);
  });
});
