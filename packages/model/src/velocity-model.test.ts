import "@gmem/testing";
import type { Backbone, Conditioner, LatentBatch } from "@gmem/spec";
import { array, evaluate, f32, key, mean, type Named, type NDArray, square, trace, valueAndGrad } from "@gmem/tensor";
import { describe, expect, it } from "vitest";
import { conditioner } from "../test/given-conditioner.ts";
import { dataAtOne } from "./data-at-one.ts";
import { objective } from "./objective.ts";
import { snippetMask } from "./snippet-mask.ts";
import { logitNormalTime } from "./time-law.ts";
import { velocityModel } from "./velocity-model.ts";

const [n, d, width] = [4, 3, 2];
const shape = [n, 1, 1, 2];

/** x·w + t + Σc, so that every input shows in the output. */
const backbone: Backbone = {
  name: "affine",
  latent: [1, 1, 2],
  hiddenSize: width,
  config: {},
  frozen: [],
  init: () => ({ w: array([2], []) }),
  apply(p, x, t, c) {
    const [count = 1] = x.shape;
    const shift = t.add(mean(c, { axes: [1] }).mul(width)).reshape([count, 1, 1, 1]); // [N,1,1,1]
    return { output: x.mul(p.w as NonNullable<typeof p.w>).add(shift) };
  },
};
const never = (): never => {
  throw new TypeError("drawn for its shapes");
};
const batch: LatentBatch = {
  index: Int32Array.from({ length: n }, (_, i) => i),
  latents: key(1).normal(shape),
  snippets: key(2).normal([n, d]),
};
const feedsOf = async (goal: ReturnType<typeof objective>, model = velocityModel({ backbone, conditioner })) => ({
  ...goal.draw(model, batch, key(7)),
  ...(await conditioner.batch(batch, key(8))),
});
const lossOf = (goal: ReturnType<typeof objective>, model: ReturnType<typeof velocityModel>, feeds: Named<NDArray>) => {
  const graph = trace(
    { feeds: { ...goal.feeds(model, n), ...conditioner.feeds(n) }, state: model.avals() },
    (given) => {
      const { loss, perSample, parts } = goal.loss(model, given.state, given.feeds);
      return { fetches: { ...parts, loss, perSample } };
    },
  );
  return evaluate(graph, feeds, model.init(key(0))).fetches;
};

describe("velocity model", () => {
  it("refuses context tokens, which no backbone reads", () => {
    const context = () => ({ tokens: never(), mask: never() });
    const both = { ...conditioner, context, contextDim: 4 };
    expect(() => velocityModel({ backbone, conditioner: both })).toThrow(
      expect.objectContaining({ code: "CONFIG", message: expect.stringMatching(/context tokens.*"affine".*none/) }),
    );
  });

  it("describes its parameters without drawing them", () => {
    const model = velocityModel({ backbone, conditioner, adapter: { kind: "mlp3", hiddenSize: 5 } });
    const drawn = Object.entries(model.init(key(0))).map(([name, { dtype, shape }]) => [name, { dtype, shape }]);
    expect(model.avals()).toEqual(Object.fromEntries(drawn));
    expect(Object.keys(model.avals())).toContain("condition_projection.mlp.4.bias");
    const silent = velocityModel({ backbone: { ...backbone, init: never, avals: () => ({ w: f32() }) }, conditioner });
    expect(silent.avals()).toEqual(velocityModel({ backbone, conditioner }).avals());
  });

  it("projects gain times the snippet", () => {
    const at = (gain: number): NDArray => {
      const model = velocityModel({ backbone, conditioner, adapter: { kind: "linear", gain } });
      const graph = trace({ feeds: conditioner.feeds(n), state: model.avals() }, ({ feeds, state }) => ({
        fetches: { c: model.condition(state, feeds) },
      }));
      return evaluate(graph, { snippet: batch.snippets as NDArray }, model.init(key(0))).fetches.c as NDArray;
    };
    expect(at(4)).toBeAllclose(
      at(1).data.map((c) => 4 * c),
      { atol: 1e-6, rtol: 1e-5 },
    );
  });

  it("keeps the backbone's parameters when the conditioner is swapped", () => {
    const other: Conditioner = { ...conditioner, output: "embedding", snippetDim: width };
    expect(velocityModel({ backbone, conditioner: other }).init(key(3)).w).toEqual(
      velocityModel({ backbone, conditioner }).init(key(3)).w,
    );
    expect(Object.keys(velocityModel({ backbone, conditioner: other }).avals())).toEqual(["w"]);
  });

  it("refuses widths that do not fit and names that occur twice", () => {
    const wide: Conditioner = { ...conditioner, output: "embedding" };
    expect(() => velocityModel({ backbone, conditioner: wide })).toThrow(/embeddings must be 2 wide, got 3/);
    const same: Conditioner = { ...conditioner, init: () => ({ w: array([1]) }) };
    expect(() => velocityModel({ backbone, conditioner: same }).init(key(0))).toThrow(/"w" again/);
    expect(() => velocityModel({ backbone, conditioner, adapter: { kind: "identity" } })).toThrow(/equal widths/);
  });

  it("turns a network of the other time direction round: u = 1 − t and −v", () => {
    const graph = trace({ feeds: { x: f32(...shape), t: f32(n), c: f32(n, width), w: f32() } }, ({ feeds }) => {
      const there = backbone.apply({ w: feeds.w }, feeds.x, feeds.t.mul(-1).add(1), feeds.c).output;
      const score = dataAtOne(backbone, { prediction: "score" }).apply(
        { w: feeds.w },
        feeds.x,
        feeds.t,
        feeds.c,
      ).output;
      return {
        fetches: { there, here: dataAtOne(backbone).apply({ w: feeds.w }, feeds.x, feeds.t, feeds.c).output, score },
      };
    });
    const given = { x: batch.latents, t: array([0, 0.25, 0.5, 1]), c: key(4).normal([n, width]), w: array([3], []) };
    const { there, here, score } = evaluate(graph, given).fetches as Record<"there" | "here" | "score", NDArray>;
    expect(here).toBeAllclose(Float32Array.from(there.data, (v) => -v));
    expect(score).toBeAllclose(there);
  });
});

describe("objective", () => {
  it("is the mean squared error of the velocity ε − x₀", async () => {
    const model = velocityModel({ backbone, conditioner });
    const goal = objective();
    const feeds = await feedsOf(goal);
    const { loss, perSample } = lossOf(goal, model, feeds) as Record<"loss" | "perSample", NDArray>;
    const graph = trace(
      { feeds: { ...goal.feeds(model, n), ...conditioner.feeds(n) }, state: model.avals() },
      ({ feeds, state }) => {
        const { x0, eps, t } = feeds as Record<"x0" | "eps" | "t", NonNullable<(typeof feeds)[string]>>;
        const time = t.reshape([n, 1, 1, 1]);
        const x = x0.sub(time.mul(x0)).add(time.mul(eps));
        const { velocity } = model.velocity(state, x, t, model.condition(state, feeds));
        return { fetches: { loss: mean(square(velocity.sub(eps.sub(x0)))) } };
      },
    );
    expect(loss).toBeAllclose(evaluate(graph, feeds, model.init(key(0))).fetches.loss as NDArray);
    expect(perSample.shape).toEqual([n]);
  });

  it("draws each sample from a key of its own, whatever else is in the batch", () => {
    const model = velocityModel({ backbone, conditioner });
    const goal = objective({ mask: snippetMask(), time: logitNormalTime(), nullProbability: 0.5 });
    const all = goal.draw(model, batch, key(5));
    const first = goal.draw(model, { ...batch, latents: array(batch.latents.data.slice(0, 2), [1, 1, 1, 2]) }, key(5));
    for (const [name, value] of Object.entries(first))
      expect(value.data).toEqual(all[name]?.data.slice(0, value.data.length));
    expect(Object.keys(goal.feeds(model, n)).sort()).toEqual(Object.keys(all).sort());
  });

  it("trains the null condition where a sample is dropped", async () => {
    const model = velocityModel({ backbone, conditioner });
    const dropped = objective({ nullProbability: 1 });
    const plain = objective();
    const feeds = await feedsOf(dropped);
    const { keep: _, ...rest } = feeds as Record<string, NDArray>;
    const nothing = { ...rest, snippet: array(new Float32Array(n * d), [n, d]) };
    expect(lossOf(dropped, model, feeds).perSample).toBeAllclose(lossOf(plain, model, nothing).perSample as NDArray);
  });

  it("adds the cosine term and reports the parts", async () => {
    const model = velocityModel({ backbone, conditioner });
    const goal = objective({ cosine: 0.5 });
    const { loss, velocity, cosine } = lossOf(goal, model, await feedsOf(goal)) as Record<string, NDArray>;
    expect(loss).toBeAllclose((velocity?.data[0] as number) + 0.5 * (cosine?.data[0] as number));
  });

  it("gives the parameters a gradient through mask, adapter and backbone", async () => {
    const model = velocityModel({ backbone, conditioner });
    const goal = objective({ mask: snippetMask({ place: "after" }), cosine: 1, nullProbability: 0.5 });
    const feeds = { ...goal.feeds(model, n), ...conditioner.feeds(n) };
    const graph = trace({ feeds, state: model.avals() }, (given) => {
      const [, grads] = valueAndGrad((p) => goal.loss(model, p, given.feeds).loss, given.state);
      return { fetches: grads };
    });
    const found = evaluate(graph, await feedsOf(goal), model.init(key(0))).fetches;
    for (const gradient of Object.values(found)) expect(gradient.data.some((g) => g !== 0)).toBe(true);
  });

  it("refuses a weighted velocity loss and impossible probabilities", () => {
    expect(() => objective({ weight: "likelihood" })).toThrow(/takes no weight/);
    expect(() => objective({ nullProbability: 2 })).toThrow(/in \[0, 1\]/);
  });
});
