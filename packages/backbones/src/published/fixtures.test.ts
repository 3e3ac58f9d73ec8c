import "@gmem/testing";
import { linear } from "@gmem/nn";
import type { LatentShape } from "@gmem/spec";
import {
  array,
  concat,
  evaluate,
  gather,
  mapNamed,
  type Named,
  type NDArray,
  silu,
  type Tensor,
  trace,
} from "@gmem/tensor";
import { describe, expect, it } from "vitest";
import { readFixture } from "../../test/read-fixture.ts";
import { dit } from "../dit/index.ts";
import {
  type CheckpointDescription,
  checkpointAvals,
  checkpointBackbone,
  fromBackbone,
  type IdentifyOptions,
  identifyCheckpoint,
  toBackbone,
} from "./index.ts";

/** What the original constructor was told, as a config of ours; the flags of LightningDiT where the file has them. */
function published(config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const side = config.input_size as number;
  const flag = (name: string): Record<string, unknown> =>
    name in config ? { [ours[name] as string]: config[name] } : {};
  return {
    latent: [config.in_channels, side, side],
    patchSize: config.patch_size,
    hiddenSize: config.hidden_size,
    depth: config.depth,
    heads: config.num_heads,
    learnSigma: config.learn_sigma ?? false,
    ...Object.assign({}, ...Object.keys(ours).map(flag)),
  };
}
const ours: Readonly<Record<string, string>> = {
  use_qknorm: "qkNorm",
  use_swiglu: "swiglu",
  use_rope: "rope",
  use_rmsnorm: "rmsNorm",
  wo_shift: "woShift",
  qk_norm: "qkNorm",
};

const weightsOf = (tensors: Named<NDArray<"f32">>): Named<NDArray<"f32">> =>
  Object.fromEntries(
    Object.entries(tensors).flatMap(([name, value]) => (name.startsWith("w/") ? [[name.slice(2), value]] : [])),
  );

interface Case {
  readonly file: string;
  readonly options?: IdentifyOptions;
  readonly expected: Partial<CheckpointDescription>;
}
const memory = { kind: "memory-bank", snippetDim: 20 } as const;
const projectors = [{ at: "projector.0", hidden: 28, width: 18 }];
const cases: readonly Case[] = [
  {
    file: "sit_model",
    options: { heads: 3 },
    expected: {
      family: "sit",
      timeDirection: "data1",
      conditioner: { kind: "class-table", classes: 10, nullRow: true },
    },
  },
  {
    file: "repa_sit",
    options: { heads: 2, tapAfter: 1 },
    expected: {
      family: "sit",
      timeDirection: "data0",
      projectors: [{ at: "projectors.0", hidden: 20, width: 12 }],
      conditioner: { kind: "class-table", classes: 1000, nullRow: true },
    },
  },
  {
    file: "dit_model",
    options: { heads: 2, family: "dit" },
    expected: {
      family: "dit",
      timeDirection: "steps",
      conditioner: { kind: "class-table", classes: 10, nullRow: true },
    },
  },
  {
    file: "ldit_class",
    expected: {
      family: "lightning-dit",
      timeDirection: "data1",
      conditioner: { kind: "class-table", classes: 12, nullRow: true },
    },
  },
  ...["gmem_ldit_official", "gmem_ldit_all", "gmem_ldit_qknorm_woshift"].map(
    (file): Case => ({
      file,
      options: { tapAfter: file === "gmem_ldit_official" ? 2 : 1 },
      expected: { family: "lightning-dit", timeDirection: "data1", conditioner: memory, projectors },
    }),
  ),
  {
    file: "gmem_ldit_plain",
    options: { heads: 2, tapAfter: 1, family: "lightning-dit" },
    expected: { family: "lightning-dit", timeDirection: "data1", conditioner: memory, projectors },
  },
];

/** c [N,D] by the conditioner of the file. */
function condition(p: Named<Tensor>, { kind }: CheckpointDescription["conditioner"], feeds: Named<Tensor>): Tensor {
  const given = (name: string): Tensor => feeds[name] as Tensor;
  if (kind === "memory-bank") return linear(p, "condition_projection.linear", given("c"));
  return gather(p["y_embedder.embedding_table.weight"] as Tensor, given("y"));
}

describe.each(cases)("$file", async ({ file, options = {}, expected }) => {
  const { tensors, config } = await readFixture(file);
  const weights = weightsOf(tensors);
  const shapes = mapNamed(weights, ({ shape }) => ({ shape }));
  const found = identifyCheckpoint(shapes, options);

  it("is identified as what made it", () => {
    expect(found).toMatchObject(expected);
    expect(found.config).toMatchObject(published(config));
    expect(found.config.latent.every(Number.isInteger)).toBe(true);
    expect(JSON.parse(JSON.stringify(found))).toEqual(found);
  });

  it("gives the output of the original network, and of its projector", () => {
    const { backbone, conditioner, projector: head } = toBackbone(weights, found);
    const feeds: Record<string, NDArray> = { x: tensors["in/x"] as NDArray, t: tensors["in/t"] as NDArray };
    const [c, y] = [tensors["in/c"], tensors["in/y"]];
    if (c) feeds.c = c;
    if (y) feeds.y = { dtype: "i32", shape: y.shape, data: Int32Array.from(y.data) };
    const p = { ...backbone, ...conditioner, ...head };
    const graph = trace({ feeds, state: p }, ({ feeds: { x, t, ...rest }, state }) => {
      const embedding = condition(state, found.conditioner, rest); // [N,D]
      const { output, tap } = checkpointBackbone(found).apply(state, x as Tensor, t as Tensor, embedding);
      const steps =
        found.family === "dit" ? dit(found.config).atStep(state, x as Tensor, t as Tensor, embedding) : undefined;
      const forward = steps ? concat([steps.output, steps.variance as Tensor], 1) : output;
      const layer = (at: string, h: Tensor): Tensor => linear(state, `${found.projectors?.[0]?.at}.${at}`, h);
      const tokens = found.projectors && tap ? { tokens: layer("4", silu(layer("2", silu(layer("0", tap))))) } : {};
      return { fetches: { forward, ...tokens } };
    });
    const computed = evaluate(graph, feeds, p).fetches;
    expect(computed.forward).toBeAllclose(tensors["out/forward"] as NDArray, { atol: 1e-5 });
    const projected = tensors["out/zs_tilde0"]; // the GMem files give tokens of masked snippets only
    if (projected) expect(computed.tokens).toBeAllclose(projected, { atol: 1e-5 });
    else if (found.projectors) expect(computed.tokens?.shape.at(-1)).toBe(18);
  });

  it("comes back under its own names, every tensor the same", () => {
    const { backbone, conditioner, projector: head } = toBackbone(weights, found);
    const again = fromBackbone({ ...backbone, ...conditioner, ...head }, found);
    expect(Object.keys(again).sort()).toEqual(Object.keys(weights).sort());
    for (const [name, value] of Object.entries(weights)) expect(again[name]).toBe(value);
    expect(mapNamed(checkpointAvals(found), ({ shape }) => ({ shape }))).toEqual(shapes);
  });
});

describe("older REPA files", async () => {
  const weights = weightsOf((await readFixture("repa_sit")).tensors);
  const legacy = Object.fromEntries(
    Object.entries(weights).map(([name, value]) => [name.replace("blocks.1.", "decoder_blocks.0."), value]),
  );

  it("have their later blocks under decoder_blocks, which says where the tap is", () => {
    const found = identifyCheckpoint(legacy, { heads: 2 });
    expect(found).toMatchObject({ decoderFrom: 1, timeDirection: "data0", config: { depth: 2, tapAfter: 1 } });
    const parts = toBackbone(legacy, found);
    expect(parts.backbone).toEqual(toBackbone(weights, identifyCheckpoint(weights, { heads: 2 })).backbone);
    const again = fromBackbone({ ...parts.backbone, ...parts.conditioner, ...parts.projector }, found);
    expect(again).toEqual(legacy);
    expect(Object.keys(again).sort()).toEqual(Object.keys(legacy).sort());
  });

  it("write a checkpoint for sampling when the head is left out of the description", () => {
    const { projectors: _, ...sampling } = identifyCheckpoint(legacy, { heads: 2 });
    const { backbone, conditioner } = toBackbone(weights, identifyCheckpoint(weights, { heads: 2 }));
    expect(Object.keys(fromBackbone({ ...backbone, ...conditioner }, sampling)).sort()).toEqual(
      Object.keys(legacy)
        .filter((name) => !name.startsWith("projectors."))
        .sort(),
    );
  });
});

describe("a grid that is not square", () => {
  it("is told by the option, and refused without", async () => {
    const { tensors } = await readFixture("sit_model");
    const weights: Record<string, NDArray<"f32">> = { ...weightsOf(tensors) };
    weights.pos_embed = array(new Float32Array(8 * 24), [1, 8, 24]);
    const latent: LatentShape = [4, 4, 8];
    expect(identifyCheckpoint(weights, { heads: 3, latent }).config.latent).toEqual(latent);
    expect(() => identifyCheckpoint(weights, { heads: 3 })).toThrow(/latent must be given.*8 tokens/);
    expect(() => identifyCheckpoint(weights, { heads: 3, latent: [4, 8, 8] })).toThrow(
      /8 tokens of 2×2, got \[4,8,8\]/,
    );
  });
});
