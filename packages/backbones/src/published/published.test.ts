import { partOf } from "@gmem/nn";
import { isGMemError, mapNamed, type Named, type Shape, sizeOf } from "@gmem/tensor";
import { describe, expect, it } from "vitest";
import { ditB, ditL, ditS, ditXL } from "../dit/index.ts";
import {
  lightningDit1p0B,
  lightningDit1p6B,
  lightningDitB,
  lightningDitL,
  lightningDitS,
  lightningDitXL,
} from "../lightning-dit/index.ts";
import { sitB, sitL, sitS, sitXL } from "../sit/index.ts";
import { type CheckpointDescription, checkpointAvals, identifyCheckpoint, toBackbone } from "./index.ts";

type Shapes = Named<{ readonly shape: Shape }>;

interface Variant {
  readonly D: number;
  readonly depth: number;
  readonly channels: number;
  readonly patch: number;
  readonly tokens: number;
  readonly lightning?: { readonly units: number; readonly headDim: number };
  readonly outputs: number;
  readonly extras: Named<Shape>;
}

/** Names and shapes as the original codes have them, written out by hand. */
function official({ D, depth, channels, patch, tokens, lightning, outputs, extras }: Variant): Shapes {
  const linear = (at: string, out: number, width: number): Named<Shape> => ({
    [`${at}.weight`]: [out, width],
    [`${at}.bias`]: [out],
  });
  const blocks = Array.from({ length: depth }, (_, i): Named<Shape> => {
    const at = `blocks.${i}`;
    return {
      ...linear(`${at}.attn.qkv`, 3 * D, D),
      ...linear(`${at}.attn.proj`, D, D),
      ...linear(`${at}.adaLN_modulation.1`, 6 * D, D),
      ...(lightning
        ? {
            [`${at}.norm1.weight`]: [D],
            [`${at}.norm2.weight`]: [D],
            ...linear(`${at}.mlp.w12`, 2 * lightning.units, D),
            ...linear(`${at}.mlp.w3`, D, lightning.units),
          }
        : { ...linear(`${at}.mlp.fc1`, 4 * D, D), ...linear(`${at}.mlp.fc2`, D, 4 * D) }),
    };
  });
  const shapes: Named<Shape> = {
    pos_embed: [1, tokens, D],
    "x_embedder.proj.weight": [D, channels, patch, patch],
    "x_embedder.proj.bias": [D],
    ...linear("t_embedder.mlp.0", D, 256),
    ...linear("t_embedder.mlp.2", D, D),
    ...(lightning && {
      "feat_rope.freqs_cos": [tokens, lightning.headDim],
      "feat_rope.freqs_sin": [tokens, lightning.headDim],
      "final_layer.norm_final.weight": [D],
    }),
    ...Object.assign({}, ...blocks),
    ...linear("final_layer.linear", patch * patch * outputs, D),
    ...linear("final_layer.adaLN_modulation.1", 2 * D, D),
    ...extras,
  };
  return mapNamed(shapes, (shape) => ({ shape }));
}

const classes = (D: number): Named<Shape> => ({ "y_embedder.embedding_table.weight": [1001, D] });
const memory = (D: number): Named<Shape> => ({
  "condition_projection.linear.weight": [D, 768],
  "condition_projection.linear.bias": [D],
});
const head = (at: string, D: number, width = 768): Named<Shape> => ({
  [`${at}.0.weight`]: [2048, D],
  [`${at}.0.bias`]: [2048],
  [`${at}.2.weight`]: [2048, 2048],
  [`${at}.2.bias`]: [2048],
  [`${at}.4.weight`]: [width, 2048],
  [`${at}.4.bias`]: [width],
});
/** Parameters without position tables. */
const trainable = (shapes: Shapes): number =>
  Object.entries(shapes)
    .filter(([name]) => partOf(name) !== "position table")
    .reduce((sum, [, { shape }]) => sum + sizeOf(shape), 0);

const sizes = [
  ["S", sitS, ditS, 32_858_896],
  ["B", sitB, ditB, 130_303_504],
  ["L", sitL, ditL, 457_824_272],
  ["XL", sitXL, ditXL, 674_816_272],
] as const;
const none: CheckpointDescription["ambiguous"] = [];

describe("published checkpoints", () => {
  it.each(sizes.flatMap(([name, sit, dit, count]) => [2, 4, 8].map((patch) => ({ name, patch, sit, dit, count }))))(
    "SiT-$name/$patch, with and without variance, and DiT-$name/$patch",
    ({ patch, sit, dit, count }) => {
      const { hiddenSize: D, depth } = sit;
      const shapes = (outputs: number): Shapes =>
        official({ D, depth, patch, channels: 4, tokens: (32 / patch) ** 2, outputs, extras: classes(D) });
      if (patch === 2) expect(trainable(shapes(4))).toBe(count);
      const plain = identifyCheckpoint(shapes(4), { timeDirection: "data1", classes: 1000, family: "sit" });
      expect(plain).toMatchObject({ family: "sit", timeDirection: "data1", ambiguous: none });
      expect(plain.config).toMatchObject({
        ...sit,
        latent: [4, 32, 32],
        patchSize: patch,
        learnSigma: false,
        mlpRatio: 4,
      });
      expect(plain.conditioner).toEqual({ kind: "class-table", classes: 1000, nullRow: true });
      const noisy = identifyCheckpoint(shapes(8), { family: "dit" });
      expect(noisy).toMatchObject({ family: "dit", timeDirection: "steps" });
      expect(noisy.config).toMatchObject({ ...dit, latent: [4, 32, 32], patchSize: patch, learnSigma: true });
      expect(noisy.ambiguous.map((sentence) => sentence.split(":")[0])).toEqual(["classes"]);
    },
  );

  it.each([
    ["S", lightningDitS, 1024, [32_886_944, 32_797_856, 39_356_320]],
    ["B", lightningDitB, 2048, [130_359_584, 130_181_408, 137_526_304]],
    ["L", lightningDitL, 2730, [457_890_816, 457_653_248, 465_522_432]],
    ["XL", lightningDitXL, 3072, [674_961_824, 674_694_560, 682_825_888]],
    ["1p0B", lightningDit1p0B, 4096, []],
    ["1p6B", lightningDit1p6B, 4778, []],
  ] as const)("LightningDiT-%s/1 by class, by memory bank and with REPA's head", (_, size, units, counts) => {
    const { hiddenSize: D, depth, heads } = size;
    const variants = [classes(D), memory(D), { ...memory(D), ...head("projector.0", D) }].map((extras) =>
      official({
        D,
        depth,
        channels: 32,
        outputs: 32,
        patch: 1,
        tokens: 256,
        extras,
        lightning: { units, headDim: D / heads },
      }),
    );
    if (counts.length > 0) expect(variants.map(trainable)).toEqual(counts);
    const [byClass, byBank, training] = variants.map((shapes) => identifyCheckpoint(shapes, { tapAfter: 4 }));
    for (const found of [byClass, byBank, training]) {
      expect(found).toMatchObject({ family: "lightning-dit", timeDirection: "data1" });
      expect(found?.config).toMatchObject({ ...size, latent: [32, 16, 16], patchSize: 1, rope: true, rmsNorm: true });
      expect(found?.config).toMatchObject({ swiglu: true, qkNorm: false, woShift: false, learnSigma: false });
    }
    expect(byClass?.conditioner).toEqual({ kind: "class-table", classes: 1000, nullRow: true });
    expect(byBank).toMatchObject({ conditioner: { kind: "memory-bank", snippetDim: 768 }, ambiguous: none });
    expect(training).toMatchObject({
      projectors: [{ at: "projector.0", hidden: 2048, width: 768 }],
      ambiguous: none,
    });
  });

  it("REPA's SiT-XL/2 has data at t = 0, and its tap is asked for", () => {
    const shapes = official({ ...xl, outputs: 4, extras: { ...classes(1152), ...head("projectors.0", 1152) } });
    const found = identifyCheckpoint(shapes, { classes: 1000 });
    expect(found).toMatchObject({ family: "sit", timeDirection: "data0", projectors: [{ at: "projectors.0" }] });
    expect(found.ambiguous).toEqual([expect.stringMatching(/^tapAfter: .*REPA's is 8/)]);
    expect(Object.keys(checkpointAvals(found)).sort()).toEqual(Object.keys(shapes).sort());
  });

  it("REPA with several encoders has a head for each", () => {
    const heads = { ...head("projectors.0", 1152), ...head("projectors.1", 1152, 1024) };
    const shapes = official({ ...xl, outputs: 4, extras: { ...classes(1152), ...heads } });
    const found = identifyCheckpoint(shapes, { classes: 1000, tapAfter: 8 });
    expect(found.projectors).toEqual([
      { at: "projectors.0", hidden: 2048, width: 768 },
      { at: "projectors.1", hidden: 2048, width: 1024 },
    ]);
    expect(Object.keys(checkpointAvals(found)).sort()).toEqual(Object.keys(shapes).sort());
    expect(Object.keys(toBackbone(shapes, found).projector).sort()).toEqual(Object.keys(heads).sort());
  });
});

const xl = { D: 1152, depth: 28, patch: 2, channels: 4, tokens: 256 };
/** A network without it is a network as well. */
const isOptional = (name: string): boolean => /^y_embedder/.test(name);
const code = (wanted: string) => expect.toSatisfy((error) => isGMemError(error, wanted));

describe("what does not fit", () => {
  const small: Variant = { D: 64, depth: 2, patch: 2, channels: 4, tokens: 16, outputs: 4, extras: classes(64) };

  it("is named completely in one error", () => {
    const { "blocks.1.attn.proj.bias": _, ...rest } = official(small);
    const broken = {
      ...rest,
      "blocks.0.mlp.fc1.bias": { shape: [3] },
      "opt.state": { shape: [1] },
      "y_embedder.x": { shape: [] },
    };
    expect(() => identifyCheckpoint(broken)).toThrow(code("WEIGHTS"));
    expect(() => identifyCheckpoint(broken)).toThrow(
      /1 missing: blocks.1.attn.proj.bias; 2 unexpected: opt.state, y_embedder.x; 1 mis-shaped: blocks.0.mlp.fc1.bias \[3\] for \[256\]/,
    );
    expect(() => identifyCheckpoint({ C: { shape: [9, 3] }, mean: { shape: [7] } })).toThrow(
      /x_embedder.proj.weight.*got C, mean/,
    );
    expect(() => identifyCheckpoint({})).toThrow(/no tensors/);
  });

  it("is an error of ours, whichever tensor is lost or has another shape", () => {
    const variants = [
      official(small),
      official({ ...small, lightning: { units: 170, headDim: 32 }, extras: head("projectors.0", 64) }),
    ];
    for (const shapes of variants)
      for (const name of Object.keys(shapes)) {
        const { [name]: lost, ...rest } = shapes;
        const others = [rest, ...[[], [3], [2, 3], [1, 2, 3, 5]].map((shape) => ({ ...rest, [name]: { shape } }))];
        for (const broken of others)
          if (!isOptional(name) || broken !== rest)
            expect(() => identifyCheckpoint(broken), `${name} ${lost?.shape}`).toThrow(
              expect.toSatisfy((e) => isGMemError(e)),
            );
      }
    const far = { ...official(small), "blocks.4000000000.attn.proj.bias": { shape: [64] } };
    expect(() => identifyCheckpoint(far)).toThrow(/unexpected: blocks.4000000000/);
  });

  it("is asked for, where shapes do not show it", () => {
    const odd = official({ ...small, D: 24, extras: classes(24) });
    expect(() => identifyCheckpoint(odd)).toThrow(code("CONFIG"));
    expect(() => identifyCheckpoint(odd)).toThrow(/heads must be given and divide D = 24/);
    expect(identifyCheckpoint(odd, { heads: 3 }).config.heads).toBe(3);
    expect(identifyCheckpoint(official(small)).ambiguous.map((sentence) => sentence.split(":")[0])).toEqual([
      ...["family", "heads", "classes", "timeDirection"],
    ]);
    const table = { "y_embedder.embedding_table.weight": [10, 64] };
    expect(identifyCheckpoint(official({ ...small, extras: table }), { classes: 10 }).conditioner).toEqual({
      kind: "class-table",
      classes: 10,
      nullRow: false,
    });
    expect(identifyCheckpoint(official({ ...small, extras: {} })).conditioner).toEqual({ kind: "none" });
  });

  it("is refused, where an option contradicts the shapes", () => {
    const lightning = official({ ...small, lightning: { units: 170, headDim: 32 } });
    expect(identifyCheckpoint(lightning).config.heads).toBe(2);
    for (const options of [
      { family: "sit" },
      { heads: 4 },
      { classes: 7 },
      { tapAfter: 3 },
      { latent: [3, 8, 8] },
    ] as const)
      expect(() => identifyCheckpoint(lightning, options), JSON.stringify(options)).toThrow(code("CONFIG"));
  });

  it("says that rotation may be missing where its tables are", () => {
    const all = official({ ...small, lightning: { units: 170, headDim: 32 } });
    const without = Object.fromEntries(Object.entries(all).filter(([name]) => !name.startsWith("feat_rope.")));
    expect(identifyCheckpoint(without, { heads: 2, classes: 1000 }).ambiguous).toEqual([
      expect.stringMatching(/^rope: /),
    ]);
    expect(identifyCheckpoint(all, { classes: 1000 }).ambiguous).toEqual([]);
  });
});
