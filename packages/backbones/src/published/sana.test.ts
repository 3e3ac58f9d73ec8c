import { fileURLToPath } from "node:url";
import { type Aval, avalsOf, f32, mapNamed, type Named } from "@gmem/tensor";
import { readSafetensors } from "@gmem/weights";
import { describe, expect, it } from "vitest";
import { type SanaConfig, sana06B, sana16B } from "../sana/index.ts";
import { sanaParameters } from "../sana/parameters.ts";
import {
  type CheckpointDescription,
  checkpointAvals,
  checkpointBackbone,
  fromBackbone,
  identifyCheckpoint,
  type SanaNames,
  storedTensors,
  toBackbone,
} from "./index.ts";

const readFixture = (name: string) =>
  readSafetensors(fileURLToPath(new URL(`../../test/fixtures/${name}.safetensors`, import.meta.url)));

const description = (config: SanaConfig, names: SanaNames): CheckpointDescription => ({
  family: "sana",
  config,
  conditioner: { kind: "captions" },
  timeDirection: "data0",
  names,
  ambiguous: [],
});
const tiny = { heads: 4, crossHeads: 2, latent: [3, 4, 4] } as const;
const given = async (file: string): Promise<Named<Aval>> => {
  const { tensors } = await readFixture(file);
  return avalsOf(
    Object.fromEntries(
      Object.entries(tensors).flatMap(([name, value]) => (name.startsWith("w/") ? [[name.slice(2), value]] : [])),
    ),
  );
};

describe("a Sana of a released size", () => {
  it.each([
    ["0.6B", sana06B, "diffusers"],
    ["0.6B", sana06B, "original"],
    ["1.6B", sana16B, "diffusers"],
    ["1.6B", sana16B, "original"],
  ] as const)("%s is told by the shapes of its file alone, under the names of %s", (_, size, names) => {
    const config: SanaConfig = { ...size, latent: [32, 16, 16], patchSize: 1, mlpRatio: 2.5 };
    const shapes = checkpointAvals(description(config, names));
    const found = identifyCheckpoint({ ...shapes, ...(names === "original" && { pos_embed: f32(1, 256, 4) }) });
    expect(found).toEqual({
      ...description(config, names),
      ambiguous: [expect.stringMatching(/^latent: taken as 32,16,16, of 512 pixels/)],
    });
    expect(Object.keys(toBackbone(storedTensors(shapes), found).backbone).sort()).toEqual(
      Object.keys(sanaParameters(config)).sort(),
    );
    expect(identifyCheckpoint(shapes, { latent: [32, 32, 32] }).config.latent).toEqual([32, 32, 32]);
  });
});

describe("a Sana of any size", () => {
  it.each([
    ["sana.a", "diffusers", { patchSize: 1, depth: 2, hiddenSize: 20, contextDim: 7 }],
    ["sana.b", "original", { patchSize: 2, depth: 1, hiddenSize: 16, contextDim: 5 }],
  ] as const)("%s is what made it, and its parameters get its names again", async (file, names, config) => {
    const { tensors } = await readFixture(file);
    const shapes = await given(file);
    const found = identifyCheckpoint(shapes, tiny);
    expect(found).toMatchObject({ family: "sana", names, config, conditioner: { kind: "captions" }, ambiguous: [] });
    expect(JSON.parse(JSON.stringify(found))).toEqual(found);
    const weights = mapNamed(shapes, (_, name) => tensors[`w/${name}`] as (typeof tensors)[string]);
    const { backbone } = toBackbone(weights, found);
    expect(avalsOf(backbone)).toEqual(checkpointBackbone(found).avals?.());
    expect(fromBackbone(backbone, found)).toEqual(weights);
  });

  it("is read tensor by tensor: fused matrices are parts of one", async () => {
    const stored = storedTensors(await given("sana.b"));
    expect(stored["transformer_blocks.0.attn1.to_k.weight"]).toEqual({
      name: "blocks.0.attn.qkv.weight",
      shape: [16, 16],
      part: [1, 3],
    });
    expect(stored["proj_out.bias"]).toEqual({ name: "final_layer.linear.bias", shape: [12] });
  });

  it("asks for heads that no shape shows, and refuses what contradicts the file or is for other networks", async () => {
    const shapes = await given("sana.a");
    const refuses = (options: object, message: RegExp): void =>
      expect(() => identifyCheckpoint(shapes, { ...tiny, ...options })).toThrow(message);
    expect(() => identifyCheckpoint(shapes, { crossHeads: 2 })).toThrow(/heads must be given and divide D = 20/);
    expect(() => identifyCheckpoint(shapes, { heads: 4 })).toThrow(/crossHeads must be given and divide D = 20/);
    refuses({ crossHeads: 3 }, /crossHeads must be given and divide D = 20.*got 3/);
    refuses({ latent: [4, 4, 4] }, /latent must have 3 channels/);
    refuses({ family: "sit" }, /family must be sana/);
    refuses({ timeDirection: "data1" }, /timeDirection must be data0/);
    refuses({ classes: 10 }, /classes is not for Sana/);
    refuses({ tapAfter: 4 }, /tapAfter is not for Sana/);
    expect(() => identifyCheckpoint({ "blocks.0.attn.qkv.weight": f32(48, 16) }, { family: "sana" })).toThrow(
      /SiT, DiT and LightningDiT have/,
    );
    const lost = Object.entries(shapes).filter(([name]) => !name.startsWith("patch_embed"));
    expect(() => identifyCheckpoint(Object.fromEntries(lost), tiny)).toThrow(/a Sana has patch_embed\.proj\.weight/);
    expect(() => identifyCheckpoint({ ...shapes, "transformer_blocks.0.attn1.norm_q.weight": f32(20) }, tiny)).toThrow(
      /unexpected.*norm_q/,
    );
    const odd = { ...(await given("sana.b")), "blocks.0.attn.qkv.weight": f32(47, 16) };
    expect(() => identifyCheckpoint(odd, tiny)).toThrow(
      /"blocks\.0\.attn\.qkv\.weight" must have rows for 3 parts, got 47/,
    );
  });
});

describe("OpenUni", () => {
  const connector = { queries: 4, hiddenSize: 64, layers: 2, heads: 1, intermediateSize: 12 };
  const config: SanaConfig = {
    latent: [3, 4, 4],
    patchSize: 2,
    depth: 1,
    hiddenSize: 16,
    heads: 4,
    crossHeads: 2,
    contextDim: 5,
    mlpRatio: 2.5,
  };
  const whole = checkpointAvals({ ...description(config, "openuni"), conditioner: { kind: "captions", connector } });

  it("is a Sana with queries, connector and projector; language model and autoencoder are left where they are", () => {
    expect(Object.keys(whole)).toEqual(
      expect.arrayContaining([
        "meta_queries",
        "projector.bias",
        "connector.layers.1.mlp.fc2.weight",
        "transformer.proj_out.bias",
      ]),
    );
    const file = { ...whole, "lmm.language_model.model.norm.weight": f32(64), "vae.decoder.conv_out.weight": f32(3) };
    const found = identifyCheckpoint(file, tiny);
    expect(found).toMatchObject({
      family: "sana",
      names: "openuni",
      config,
      conditioner: { kind: "captions", connector },
    });
    const { conditioner, backbone } = toBackbone(storedTensors(file), found);
    expect(conditioner["t2s.meta_queries"]).toEqual({ name: "meta_queries", shape: [4, 64] });
    expect(backbone["patch_embed.proj.bias"]?.name).toBe("transformer.patch_embed.proj.bias");
    expect(fromBackbone({ ...backbone, ...conditioner }, found)).toEqual(
      mapNamed(whole, ({ shape }, name) => ({ name, shape })),
    );
    expect(identifyCheckpoint(whole, { ...tiny, connectorHeads: 2 }).conditioner).toEqual({
      kind: "captions",
      connector: { ...connector, heads: 2 },
    });
  });

  it("without its network says what to do", () => {
    const alone = Object.fromEntries(Object.entries(whole).filter(([name]) => !name.startsWith("transformer.")));
    expect(() => identifyCheckpoint(alone, tiny)).toThrow(
      /OpenUni's queries without the network, transformer\.…; put connector, queries and network into one file/,
    );
  });

  it("names every tensor that another connector has", () => {
    const listed = { ...whole, "projector.0.weight": f32(5, 64) };
    expect(() => identifyCheckpoint(listed, tiny)).toThrow(/unexpected: t2s\.projector\.0\.weight/);
  });
});
