import "@gmem/testing";
import { linear, linearInit } from "@gmem/nn";
import type { Backbone, Batch, VelocityModel } from "@gmem/spec";
import { evaluate, f32, isGMemError, key, type Named, type NDArray, trace, valueAndGrad, zeros } from "@gmem/tensor";
import { describe, expect, it } from "vitest";
import { conditioner } from "../test/given-conditioner.ts";
import { readFixture } from "../test/read-fixture.ts";
import { objective } from "./objective.ts";
import { repaHead } from "./repa-head.ts";
import { velocityModel } from "./velocity-model.ts";

const [n, width] = [2, 4];

/** Tokens of 1 pixel through one layer; the tap is the layer's output. */
const backbone: Backbone = {
  name: "pixels",
  latent: [3, 2, 4],
  hiddenSize: width,
  frozen: [],
  config: { patchSize: 1, tapAfter: 1 },
  init: (rng) => ({
    ...linearInit(rng, "in", { in: 3, out: width }),
    ...linearInit(rng, "out", { in: width, out: 3 }),
  }),
  apply(p, x, t, c) {
    const tokens = x.transpose([0, 2, 3, 1]).reshape([x.shape[0] ?? 0, 8, 3]); // [N,T,3]
    const e = c.add(t.reshape([-1, 1])).reshape([-1, 1, width]); // [N,1,D]
    const tap = linear(p, "in", tokens).add(e); // [N,T,D]
    return { output: linear(p, "out", tap).transpose([0, 2, 1]).reshape(x.shape), tap };
  },
};
const batch: Batch = {
  index: Int32Array.of(0, 1),
  latents: key(1).normal([n, 3, 2, 4]),
  snippets: key(2).normal([n, 3]),
  targets: [key(3).normal([n, 8, 5])],
};
const training = velocityModel({ backbone, conditioner, projectors: [{ width: 5, hidden: 6, at: "projectors.0" }] });
const sampling = velocityModel({ backbone, conditioner });
const code = (wanted: string) => expect.toSatisfy((error) => isGMemError(error, wanted));

describe("a model with a projector", () => {
  it("has the head's parameters besides those of the model that samples, whose values stay", () => {
    const head = Object.keys(repaHead({ from: width, hidden: 6, to: 5, at: "projectors.0" }).init(key(0)));
    const [drawn, less] = [training.init(key(4)), sampling.init(key(4))];
    expect(Object.fromEntries(Object.entries(drawn).filter(([name]) => !head.includes(name)))).toEqual(less);
    expect(Object.keys(training.avals()).filter((name) => !(name in sampling.avals()))).toEqual(head);
    expect(training.projectors).toMatchObject([{ tokens: 8, width: 5 }]);
    expect(sampling.projectors).toBeUndefined();
  });

  it("samples by a checkpoint from which the head was dropped as with it", () => {
    const all = training.init(key(4));
    const dropped = Object.fromEntries(Object.entries(all).filter(([name]) => !name.startsWith("projectors.")));
    const feeds = { x: key(5).normal([n, 3, 2, 4]), t: key(6).uniform([n]), snippet: batch.snippets as NDArray };
    const velocity = (model: VelocityModel, p: Named<NDArray>): NDArray => {
      const graph = trace({ feeds, state: p }, ({ feeds: { x, t, ...rest }, state }) => ({
        fetches: { v: model.velocity(state, x, t, model.condition(state, rest)).velocity },
      }));
      return evaluate(graph, feeds, p).fetches.v as NDArray;
    };
    expect(velocity(sampling, dropped)).toEqual(velocity(training, all));
  });

  it("needs a tap, a known number of tokens and sizes that are counts", () => {
    const without = { ...backbone, config: { patchSize: 1 } };
    expect(() => velocityModel({ backbone: without, conditioner, projectors: [{ width: 5 }] })).toThrow(
      /set its tapAfter/,
    );
    const unknown = { ...backbone, config: { tapAfter: 1 } };
    expect(() => velocityModel({ backbone: unknown, conditioner, projectors: [{ width: 5 }] })).toThrow(code("CONFIG"));
    expect(
      velocityModel({ backbone: unknown, conditioner, projectors: [{ width: 5, tokens: 8 }] }).projectors?.[0]?.tokens,
    ).toBe(8);
    for (const projector of [{ width: 0 }, { width: 5, hidden: 1.5 }, { width: 5, tokens: -1 }])
      expect(() => velocityModel({ backbone, conditioner, projectors: [projector] })).toThrow(code("CONFIG"));
  });
});

describe("the REPA term", () => {
  const goal = objective({ cosine: 1, repa: 0.5 });
  const feedAvals = { ...goal.feeds(training, n), ...conditioner.feeds(n) };

  it("feeds the targets of the batch, and only when it is asked for", () => {
    expect(goal.feeds(training, 7)["targets.0"]).toEqual(f32(7, 8, 5));
    expect(goal.draw(training, batch, key(7))["targets.0"]).toBe(batch.targets?.[0]);
    expect(objective().feeds(training, n)["targets.0"]).toBeUndefined();
    expect(objective().draw(training, batch, key(7))["targets.0"]).toBeUndefined();
  });

  it("is reported as it is and added with its coefficient, sample by sample", async () => {
    const feeds = { ...goal.draw(training, batch, key(7)), ...(await conditioner.batch(batch, key(8))) };
    const p = training.init(key(4));
    const graph = trace({ feeds: feedAvals, state: training.avals() }, (given) => {
      const { loss, parts, perSample } = goal.loss(training, given.state, given.feeds);
      const plain = objective({ cosine: 1 }).loss(training, given.state, given.feeds).perSample;
      return { fetches: { ...parts, loss, added: perSample.sub(plain) } };
    });
    const found = evaluate(graph, feeds, p).fetches as Record<string, NDArray>;
    const [velocity, cosine, repa] = ["velocity", "cosine", "repa"].map((name) => found[name]?.data[0] as number);
    expect(found.loss).toBeAllclose((velocity as number) + (cosine as number) + 0.5 * (repa as number));
    expect(found.added?.shape).toEqual([n]);
    expect(Array.from(found.added?.data ?? []).reduce((a, b) => a + b) / n).toBeCloseTo(0.5 * (repa as number), 5);
    expect(Math.abs(repa as number)).toBeLessThan(1);
  });

  it("trains the head and, through the tap, the backbone", async () => {
    const feeds = { ...goal.draw(training, batch, key(7)), ...(await conditioner.batch(batch, key(8))) };
    const graph = trace({ feeds: feedAvals, state: training.avals() }, ({ feeds, state }) => {
      const [, grads] = valueAndGrad((p) => goal.loss(training, p, feeds).parts.repa as never, state);
      return { fetches: grads };
    });
    const found = evaluate(graph, feeds, training.init(key(4))).fetches;
    for (const name of [
      "projectors.0.0.weight",
      "projectors.0.4.bias",
      "in.weight",
      "condition_projection.linear.weight",
    ])
      expect(
        found[name]?.data.some((value) => value !== 0),
        name,
      ).toBe(true);
    expect(found["out.weight"]?.data.every((value) => value === 0)).toBe(true);
  });

  it("refuses models without a projector, batches without targets and targets of another grid", () => {
    expect(() => goal.feeds(sampling, n)).toThrow(code("CONFIG"));
    const { targets: _, ...bare } = batch;
    expect(() => goal.draw(training, bare, key(7))).toThrow(code("DATA"));
    expect(() => goal.draw(training, bare, key(7))).toThrow(
      /needs targets \[2,8,5\], got a batch without; use a dataset/,
    );
    const other = { ...batch, targets: [zeros([n, 16, 5])] };
    expect(() => goal.draw(training, other, key(7))).toThrow(/got \[2,16,5\]; encode the images at 14 pixels/);
    expect(() => objective({ repa: -1 })).toThrow(/repa coefficient must not be negative/);
  });

  it("is the mean over several encoders, each with a head and targets of its own width", async () => {
    const both = velocityModel({
      backbone,
      conditioner,
      projectors: [
        { width: 5, hidden: 6 },
        { width: 3, hidden: 6 },
      ],
    });
    const heads = Object.keys(both.avals()).filter((name) => name.startsWith("projector"));
    expect(heads).toHaveLength(12);
    expect(heads.every((name) => /^projectors\.[01]\.[024]\.(weight|bias)$/.test(name))).toBe(true);
    expect(both.avals()["projectors.1.4.weight"]?.shape).toEqual([3, 6]);
    const two: Batch = { ...batch, targets: [key(3).normal([n, 8, 5]), key(9).normal([n, 8, 3])] };
    expect(goal.feeds(both, 7)).toMatchObject({ "targets.0": f32(7, 8, 5), "targets.1": f32(7, 8, 3) });
    const p = both.init(key(4));
    const feeds = { ...goal.draw(both, two, key(7)), ...(await conditioner.batch(two, key(8))) };
    const avals = { ...goal.feeds(both, n), ...conditioner.feeds(n) };
    const graph = trace({ feeds: avals, state: both.avals() }, (given) => {
      const { parts, perSample } = goal.loss(both, given.state, given.feeds);
      const plain = objective({ cosine: 1 }).loss(both, given.state, given.feeds).perSample;
      const alone = [0, 1].map((i) => {
        const one = { ...both, projectors: both.projectors?.slice(i, i + 1) ?? [] };
        const own = { ...given.feeds, "targets.0": given.feeds[`targets.${i}`] as never };
        return [`repa ${i}`, goal.loss(one, given.state, own).parts.repa as never] as const;
      });
      const [, grads] = valueAndGrad((q) => goal.loss(both, q, given.feeds).parts.repa as never, given.state);
      return { fetches: { ...parts, ...Object.fromEntries(alone), ...grads, added: perSample.sub(plain) } };
    });
    const found = evaluate(graph, feeds, p).fetches as Record<string, NDArray>;
    const [whole, first, second] = ["repa", "repa 0", "repa 1"].map((name) => found[name]?.data[0] as number);
    expect(first).not.toBeCloseTo(second as number, 3);
    expect(whole).toBeCloseTo(((first as number) + (second as number)) / 2, 6);
    expect(Array.from(found.added?.data ?? []).reduce((a, b) => a + b) / n).toBeCloseTo(0.5 * (whole as number), 5);
    for (const name of heads)
      expect(
        found[name]?.data.some((value) => value !== 0),
        name,
      ).toBe(true);
    expect(() => goal.draw(both, batch, key(7))).toThrow(
      /needs targets \[2,8,5\] and \[2,8,3\], got \[2,8,5\]; use a dataset/,
    );
  });

  it("gives the losses of the GMem code", () => {
    const file = readFixture("gmem_losses.a");
    const get = (name: string): NDArray<"f32"> => file[name] as NDArray<"f32">;
    const flipped = (name: string, f: (value: number) => number): NDArray<"f32"> => ({
      ...get(name),
      data: get(name).data.map(f),
    });
    const stored: Backbone = {
      name: "stored",
      latent: [6, 4, 4],
      hiddenSize: 1,
      config: {},
      frozen: [],
      init: () => ({ y: get("in/model_out") }),
      // the file's time is 1 at data: its velocity model_out + 0.3x is −v
      apply: (p, x) => ({ output: (p.y as NonNullable<typeof p.y>).add(x.mul(0.3)).mul(-1), tap: p.z as never }),
    };
    const model: VelocityModel = {
      ...velocityModel({ backbone: stored, conditioner: { ...conditioner, snippetDim: 1, output: "embedding" } }),
      projectors: [{ tokens: 16, width: 10, apply: (_, tap) => tap }],
    };
    const feeds = {
      x0: get("in/x1"),
      eps: get("in/x0"),
      t: flipped("in/t", (u) => 1 - u),
      "targets.0": get("in/z"),
      snippet: zeros([3, 1]),
    };
    const p = { y: get("in/model_out"), z: get("in/z_tilde") };
    const graph = trace({ feeds, state: p }, ({ feeds, state }) => {
      const { loss, parts } = goal.loss(model, state, feeds);
      return { fetches: { ...parts, total: loss, squared: objective().loss(model, state, feeds).perSample } };
    });
    const found = evaluate(graph, feeds, p).fetches as Record<string, NDArray>;
    expect(found.squared).toBeAllclose(get("out/Linear/loss"), { atol: 1e-5 });
    expect(found.repa).toBeAllclose(get("out/Linear/proj_loss"), { atol: 1e-5 });
    expect(found.total).toBeAllclose(get("out/Linear/total"), { atol: 1e-5 });
    const angles = get("out/Linear/cos_loss").data;
    expect(found.cosine).toBeAllclose(angles.reduce((a, b) => a + b) / angles.length, { atol: 1e-5 });
  });
});
