import { readFile } from "node:fs/promises";
import "@gmem/testing";
import { evaluate, f32, key, type Named, type NDArray, referenceEngine, sizeOf, trace, zeros } from "@gmem/tensor";
import { readSafetensors } from "@gmem/weights";
import { describe, expect, it } from "vitest";
import {
  type DcAeConfig,
  type DcAeStage,
  dcAe,
  dcAeDecoder,
  dcAeEncoder,
  dcAeF32C32,
  dcAeF64C128,
  dcAeOriginalName,
  dcAeParameters,
  dcAeSana,
  dcAeWeights,
} from "./index.ts";

const fixtures = new URL("../../test/fixtures/", import.meta.url);

const stages = (widths: readonly number[], norm: DcAeStage["norm"]): readonly DcAeStage[] =>
  widths.map((width, i) =>
    i < 3
      ? { width, depth: i && 1, block: "residual", norm, activation: norm === "rms" ? "silu" : "relu", scales: [] }
      : { width, depth: 1, block: "attention", norm: "rms", activation: "silu", scales: [] },
  );

/** The configuration of the reference file. */
const config: DcAeConfig = {
  latentChannels: 8,
  encoder: { stages: stages([8, 8, 16, 64], "rms"), downsample: "unshuffle" },
  decoder: { stages: stages([8, 8, 16, 32], "batch"), upsample: "shuffle" },
  scale: 0.5,
};

interface Entry {
  readonly from: string;
  readonly shape: readonly number[];
  readonly rows?: readonly [number, number];
}

async function reference(): Promise<{ original: Record<string, NDArray>; diffusers: Record<string, NDArray> }> {
  const { tensors } = await readSafetensors(new URL("dcae.a.safetensors", fixtures).pathname);
  const original = Object.fromEntries(
    Object.entries(tensors).flatMap(([name, value]) => (name.startsWith("w/") ? [[name.slice(2), value]] : [])),
  );
  const { map } = JSON.parse(await readFile(new URL("dcae_diffusers_names.a.json", fixtures), "utf8")) as {
    map: Readonly<Record<string, Entry>>;
  };
  const diffusers = Object.fromEntries(
    Object.entries(map).map(([name, { from, shape, rows }]) => {
      const { data, dtype, shape: whole } = original[from] as NDArray;
      const row = sizeOf(whole) / (whole[0] ?? 1);
      return [name, { dtype, shape, data: rows ? data.slice(rows[0] * row, rows[1] * row) : data } as NDArray];
    }),
  );
  return { original, diffusers };
}

function outputs(weights: Named<NDArray>): Named<NDArray> {
  const params = dcAeWeights(config, weights);
  const feeds = { x: key(1).normal([1, 3, 16, 16]), z: key(2).normal([1, 8, 2, 2]) };
  const graph = trace({ feeds, state: params }, (at) => ({
    fetches: { latents: dcAeEncoder(config, at.state, at.feeds.x), images: dcAeDecoder(config, at.state, at.feeds.z) },
  }));
  return evaluate(graph, feeds, params).fetches;
}

describe("parameters", () => {
  it("of both namings give equal outputs", async () => {
    const { original, diffusers } = await reference();
    expect(Object.keys(diffusers)).toContain("encoder.down_blocks.3.0.attn.to_q.weight");
    expect(outputs(diffusers)).toEqual(outputs(original));
  });

  it("of the Sana variants have places for diffusers' names of more scales and strided convolutions", () => {
    const place = (name: string): string => dcAeOriginalName(name, true);
    const shapes = dcAeParameters(dcAeSana);
    for (const name of [
      "encoder.conv_in.weight",
      "encoder.down_blocks.0.2.conv.bias",
      "encoder.down_blocks.3.0.attn.to_qkv_multiscale.0.proj_in.weight",
      "encoder.down_blocks.5.2.attn.to_qkv_multiscale.0.proj_out.weight",
      "decoder.up_blocks.4.0.conv.weight",
      "decoder.up_blocks.0.3.conv2.weight",
      "decoder.conv_out.bias",
    ])
      expect(Object.keys(shapes)).toContain(place(name));
    expect(place("encoder.down_blocks.3.0.attn.to_v.weight")).toMatch(/qkv\.conv\.weight#2$/);
  });

  it("of which a part is missing are named", async () => {
    const { diffusers } = await reference();
    const { "encoder.down_blocks.3.0.attn.to_q.weight": _, ...rest } = diffusers;
    expect(() => dcAeWeights(config, rest)).toThrow(/1 mis-shaped: .*qkv.conv.weight \[128,64\] for \[192,64,1,1\]/);
  });

  it("of which a part has rows of another width are named with all that does not fit", async () => {
    const { diffusers } = await reference();
    const wide = { "encoder.down_blocks.3.0.attn.to_k.weight": zeros([64, 32]), stray: zeros([1]) };
    expect(() => dcAeWeights(config, { ...diffusers, ...wide })).toThrow(
      /1 unexpected: stray; 1 mis-shaped: .*qkv.conv.weight \[192,32\] for \[192,64,1,1\]/,
    );
  });

  it("that are missing or unexpected are all named in one error", async () => {
    const { original } = await reference();
    const { "encoder.project_in.conv.conv.bias": _, ...rest } = original;
    expect(() => dcAeWeights(config, { ...rest, stray: zeros([1]) })).toThrow(
      /1 missing: encoder.project_in.conv.conv.bias; 1 unexpected: stray/,
    );
  });
});

describe("the published configurations", () => {
  it.each([
    ["f32c32", dcAeF32C32, 32, 32],
    ["f64c128", dcAeF64C128, 64, 128],
    ["sana", dcAeSana, 32, 32],
  ] as const)("%s: each parameter is read, and shapes fit from image to image", (_, official, factor, channels) => {
    const state = dcAeParameters(official);
    const feeds = { x: f32(1, 3, 2 * factor, 3 * factor) };
    const read = new Set<string>();
    const watched = (p: Named<unknown>): Named<never> =>
      new Proxy(p, {
        get(target, name) {
          read.add(String(name));
          return Reflect.get(target, name);
        },
      }) as Named<never>;
    const graph = trace({ feeds, state }, (at) => {
      const z = dcAeEncoder(official, watched(at.state), at.feeds.x);
      return { fetches: { z, y: dcAeDecoder(official, watched(at.state), z) } };
    });
    expect(graph.fetches.z?.shape).toEqual([1, channels, 2, 3]);
    expect(graph.fetches.y?.shape).toEqual(feeds.x.shape);
    expect(Object.keys(state).filter((name) => !read.has(name))).toEqual([]);
  });
});

it("the tokenizer scales latents and undoes it", async () => {
  const { original } = await reference();
  const scaled = dcAe(config, { engine: referenceEngine(), weights: original });
  const plain = dcAe({ ...config, scale: 1 }, { engine: referenceEngine(), weights: original });
  const images = key(3).normal([1, 3, 16, 16]);
  const [half, whole] = [await scaled.encode(images), await plain.encode(images)];
  expect(scaled.latent(16)).toEqual(half.shape.slice(1));
  expect(half).toBeAllclose({ ...whole, data: whole.data.map((value) => value / 2) }, { atol: 1e-5, rtol: 1e-5 });
  expect(await scaled.decode(half)).toBeAllclose(await plain.decode(whole), { atol: 1e-4, rtol: 1e-4 });
  expect(() => scaled.latent(12)).toThrow("multiple of 8");
});

it("an encoder of distributions is a network, but no tokenizer", () => {
  const doubled: DcAeConfig = { ...config, encoder: { ...config.encoder, doubleLatent: true } };
  expect(dcAeParameters(doubled)["encoder.project_out.main.op_list.0.conv.weight"]?.shape).toEqual([16, 64, 3, 3]);
  expect(dcAeParameters(doubled)["decoder.project_in.main.conv.weight"]?.shape).toEqual([32, 8, 3, 3]);
  expect(() => dcAe(doubled, { engine: referenceEngine(), weights: {} })).toThrow(/got doubleLatent/);
});

it("names say what stands beside a layer: a shortcut, a norm and an activation before it", () => {
  const bare: DcAeConfig = {
    ...config,
    encoder: { ...config.encoder, downsampleShortcut: false, outShortcut: false, outActivation: "silu" },
    decoder: {
      ...config.decoder,
      inShortcut: false,
      upsampleShortcut: false,
      outNorm: "none",
      outActivation: "none",
    },
  };
  const names = Object.keys(dcAeParameters(bare));
  for (const name of [
    "encoder.project_out.op_list.1.conv.weight",
    "encoder.stages.1.op_list.1.conv.conv.weight",
    "decoder.project_in.conv.weight",
    "decoder.stages.1.op_list.0.conv.conv.weight",
    "decoder.project_out.op_list.0.conv.conv.weight",
  ])
    expect(names).toContain(name);
});
