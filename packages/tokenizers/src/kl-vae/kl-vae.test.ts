import { readFile } from "node:fs/promises";
import "@gmem/testing";
import { array, evaluate, key, mapNamed, type Named, type NDArray, referenceEngine, trace, zeros } from "@gmem/tensor";
import { readSafetensors } from "@gmem/weights";
import { describe, expect, it } from "vitest";
import { type KlVaeConfig, klVaeDecoder, klVaeMoments, klVaeWeights, sdVae } from "../sd-vae/index.ts";

const fixtures = new URL("../../test/fixtures/", import.meta.url);

/** The configuration of the reference file. */
const config: KlVaeConfig = {
  channels: 32,
  multipliers: [2, 1],
  residualBlocks: 1,
  attentionLevels: [],
  zChannels: 4,
  latentChannels: 4,
};

interface Entry {
  readonly from: string;
  readonly shape: readonly number[];
}

async function reference(): Promise<{ original: Record<string, NDArray>; diffusers: Record<string, NDArray> }> {
  const { tensors } = await readSafetensors(new URL("sdvae.a.safetensors", fixtures).pathname);
  const original = Object.fromEntries(
    Object.entries(tensors).flatMap(([name, value]) => (name.startsWith("w/") ? [[name.slice(2), value]] : [])),
  );
  const { map } = JSON.parse(await readFile(new URL("sdvae_diffusers_names.json", fixtures), "utf8")) as {
    map: Readonly<Record<string, Entry>>;
  };
  const diffusers = mapNamed(map, ({ from, shape }) => ({ ...(original[from] as NDArray), shape }));
  return { original, diffusers };
}

function outputs(weights: Named<NDArray>): Named<NDArray> {
  const params = klVaeWeights(config, weights);
  const feeds = { x: key(1).normal([1, 3, 8, 8]), z: key(2).normal([1, 4, 4, 4]) };
  const graph = trace({ feeds, state: params }, (at) => ({
    fetches: {
      moments: klVaeMoments(config, at.state, at.feeds.x),
      images: klVaeDecoder(config, at.state, at.feeds.z),
    },
  }));
  return evaluate(graph, feeds, params).fetches;
}

/** Equal names, each with the very same numbers. */
function expectSame(found: Named<NDArray>, expected: Named<NDArray>): void {
  expect(Object.keys(found)).toEqual(Object.keys(expected));
  for (const [name, { data, shape }] of Object.entries(expected)) {
    expect(found[name]?.data).toBe(data);
    expect(found[name]?.shape).toEqual(shape);
  }
}

describe("parameters", () => {
  it("of both namings give equal outputs", async () => {
    const { original, diffusers } = await reference();
    expect(Object.keys(diffusers)).not.toContain("decoder.norm_out.weight");
    expect(outputs(diffusers)).toEqual(outputs(original));
  });

  it("of files that name attention in the old way are found too", async () => {
    const { original, diffusers } = await reference();
    const old = { to_q: "query", to_k: "key", to_v: "value", "to_out.0": "proj_attn" };
    const renamed = Object.fromEntries(
      Object.entries(diffusers).map(([name, value]) => [
        Object.entries(old).reduce((text, [from, to]) => text.replace(`.${from}.`, `.${to}.`), name),
        value,
      ]),
    );
    expect(Object.keys(renamed)).toContain("encoder.mid_block.attentions.0.proj_attn.bias");
    expectSame(klVaeWeights(config, renamed), klVaeWeights(config, original));
  });

  it("are found in a whole diffusion model and beside the training code's own tensors", async () => {
    const { original } = await reference();
    const inside = Object.fromEntries(
      Object.entries(original).map(([name, value]) => [`first_stage_model.${name}`, value]),
    );
    const expected = klVaeWeights(config, original);
    expectSame(klVaeWeights(config, { ...inside, "model.diffusion_model.out.weight": zeros([1]) }), expected);
    const training = { "loss.logvar": zeros([]), "foundation_model.a": zeros([1]), "linear_proj.weight": zeros([2]) };
    expectSame(klVaeWeights(config, { ...original, ...training }), expected);
  });

  it("that are missing, unexpected or of another shape are all named in one error", async () => {
    const { original } = await reference();
    const { "quant_conv.bias": _, ...rest } = original;
    const wrong = { ...rest, stray: zeros([1]), "decoder.conv_in.bias": zeros([7]) };
    expect(() => klVaeWeights(config, wrong)).toThrow(
      /1 missing: quant_conv.bias; 1 unexpected: stray; 1 mis-shaped: decoder.conv_in.bias \[7\] for \[32\]/,
    );
  });
});

it("parameters of doubles are converted; raw half precision is refused", async () => {
  const { original } = await reference();
  const name = "decoder.conv_in.bias";
  const { data, shape } = original[name] as NDArray;
  const doubled = { ...original, [name]: array(Float64Array.from(data), shape, "f64") };
  expect(klVaeWeights(config, doubled)[name]).toEqual(original[name]);
  const halves = { ...original, [name]: array(new Uint16Array(data.length), shape, "f16") };
  expect(() => klVaeWeights(config, halves)).toThrow(/must be f32, .* got decoder.conv_in.bias f16/);
});

describe("the tokenizer", () => {
  it("scales mean and deviation, adds σ·noise when asked to sample, and decodes what it scaled", async () => {
    const { original } = await reference();
    const plain = sdVae(config, { engine: referenceEngine(), weights: original, statistics: { mean: [0], std: [1] } });
    const scaled = sdVae(config, { engine: referenceEngine(), weights: original, batchSize: 1 });
    const images = key(3).normal([2, 3, 4, 4]);
    const { mean, std } = await plain.posterior(images);
    expect(await plain.encode(images)).toEqual(mean);
    const times = (x: NDArray, factor: number): NDArray =>
      array(
        (x as NDArray<"f32">).data.map((value) => value * factor),
        x.shape,
      );
    const close = { atol: 1e-6, rtol: 1e-5 };
    expect(await scaled.encode(images)).toBeAllclose(times(mean, 0.18215), close);
    const q = await scaled.posterior(images);
    expect(q.mean).toEqual(await scaled.encode(images));
    expect(q.std).toBeAllclose(times(std, 0.18215), close);
    const noise = key(4).normal(mean.shape);
    for (const tokenizer of [plain, scaled]) {
      const { mean, std } = await tokenizer.posterior(images);
      const expected = mean.data.map((value, i) => value + (std.data[i] as number) * (noise.data[i] as number));
      expect(await tokenizer.sample(images, noise)).toBeAllclose(array(expected, mean.shape), close);
    }
    const decoded = await scaled.decode(await scaled.encode(images));
    expect(decoded).toBeAllclose(await plain.decode(mean), { atol: 1e-4, rtol: 1e-4 });
    expect(decoded.data.every((value) => value >= 0 && value <= 1)).toBe(true);
    await plain.dispose();
    await scaled.dispose();
  });

  it("refuses images, latents, noise, tiles and statistics that do not fit", async () => {
    const { original } = await reference();
    const options = { engine: referenceEngine(), weights: original };
    const tokenizer = sdVae(config, options);
    await expect(tokenizer.encode(zeros([1, 3, 5, 4]))).rejects.toThrow("multiples of 2");
    await expect(tokenizer.decode(zeros([1, 3, 4, 4]))).rejects.toThrow("[N,4,h,w]");
    await expect(tokenizer.sample(zeros([1, 3, 4, 4]), zeros([1, 4, 4, 4]))).rejects.toMatchObject({ code: "SHAPE" });
    expect(() => tokenizer.latent(7)).toThrow("multiple of 2");
    expect(() => sdVae(config, { ...options, tileSize: 7 })).toThrow("multiple of 2");
    const three = { ...options, statistics: { mean: [0, 0, 0], std: [1] } };
    expect(() => sdVae(config, three)).toThrow(/statistics need 1 or 4 numbers .* got 3/);
  });
});
