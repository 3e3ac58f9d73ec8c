import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sit } from "@gmem/backbones/sit";
import { trainingSet } from "@gmem/datasets";
import { textPairs } from "@gmem/datasets/captions";
import { onnxEngine } from "@gmem/engine-onnx";
import { objective, velocityModel } from "@gmem/model";
import type { Objective, VelocityModel } from "@gmem/spec";
import { conditioner, snippetRegression } from "@gmem/t2s";
import { type Engine, key, type Named, type NDArray, prefixed, referenceEngine } from "@gmem/tensor";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tinyData, tinyRun } from "../test/tiny-run.ts";
import {
  adamwDefaults,
  frozenBut,
  listCheckpoints,
  readCheckpoint,
  stateAvals,
  stepGraph,
  type TrainOptions,
  train,
  velocityLearner,
} from "./index.ts";

const [rows, textDim, snippetDim] = [24, 6, 8];
const texts = {
  dim: textDim,
  encoderId: "drawn",
  vectors: key(1).normal([2 * rows, textDim]),
  first: Int32Array.from({ length: rows + 1 }, (_, i) => 2 * i),
};

function modelOf(depth = 1): VelocityModel {
  const backbone = sit({ latent: [3, 4, 4], patchSize: 2, depth, hiddenSize: 16, heads: 2, adaLNInit: "xavier" });
  return velocityModel({ backbone, conditioner: conditioner({ textDim, snippetDim, hidden: 5 }) as never });
}

const model = modelOf();
const own = Object.keys(model.avals()).filter((name) => name.startsWith("t2s."));
const others = Object.keys(model.avals()).filter((name) => !name.startsWith("t2s."));

const runOf = (loss: Objective, change: Partial<TrainOptions> = {}): Omit<TrainOptions, "engine"> => {
  const { batch: _, ...pictures } = tinyData(rows);
  const snippets = (index: Int32Array) =>
    tinyData(rows)
      .batch(index)
      .then((found) => found.snippets as NDArray<"f32">);
  const latents = key(2).normal([rows, 3, 4, 4]);
  const data =
    loss.options.kind === undefined
      ? trainingSet({ latents, texts })
      : textPairs({ latent: pictures.latent, texts, snippets });
  return tinyRun({ model, objective: loss, only: ["t2s."], data, steps: 6, ...change });
};

describe.each([
  ["the regression of snippets", snippetRegression()],
  ["the loss of pictures", objective()],
] as const)("training the text adapter alone by %s", (_, loss) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await onnxEngine({ threads: 1 });
  });
  afterAll(() => engine.dispose());

  async function ended(options: Omit<TrainOptions, "engine">) {
    const trainer = await train({ engine, ...options });
    for await (const _ of trainer);
    const state = await trainer.state.read();
    await trainer.close();
    return state;
  }

  it.each([1, 2])(
    "moves nothing else by a bit, and keeps no moments of it, accumulating over %i",
    async (accumulate) => {
      const start = model.init(key(9));
      const state = await ended(runOf(loss, { parameters: start, accumulate }));
      for (const group of ["model/", "ema/"]) {
        for (const name of others) expect(state[group + name], name).toEqual(start[name]);
        for (const name of own) expect(state[group + name], name).not.toEqual(start[name]);
      }
      const moments = Object.keys(state).filter((name) => /^(exp_avg|exp_avg_sq|grad_sum)\//.test(name));
      expect(new Set(moments.map((name) => name.replace(/^[^/]*\//, "")))).toEqual(new Set(own));
    },
  );

  it("goes on bit-equal", async () => {
    const folder = async () => mkdtemp(join(tmpdir(), "gmem-only-"));
    const [whole, halves] = [await folder(), await folder()];
    const at = (path: string, steps: number, resume = false) =>
      runOf(loss, { steps, resume, checkpoint: { folder: path, every: 3 }, schedule: { steps: 6 } });
    await ended(at(whole, 6));
    await ended(at(halves, 3));
    await expect(train({ engine, ...at(halves, 6, true), only: ["t2s.0."] })).rejects.toThrow(/only/);
    await ended(at(halves, 6, true));
    const last = async (path: string): Promise<Named<NDArray>> => {
      const checkpoint = (await listCheckpoints(path)).at(-1);
      return checkpoint ? readCheckpoint(checkpoint) : expect.fail(`no checkpoint in ${path}`);
    };
    expect(await last(halves)).toEqual(await last(whole));
  });
});

describe("a step of the regression", () => {
  it("is as long for any network: neither its forward nor its latents are in it", () => {
    const [shallow, deep] = [1, 5].map((depth) => {
      const learner = velocityLearner({ model: modelOf(depth), objective: snippetRegression() });
      return stepGraph({ learner: frozenBut(learner, ["t2s."]), optimizer: adamwDefaults, n: 4, accumulate: 1 });
    });
    expect(deep?.nodes.length).toBe(shallow?.nodes.length);
    expect(
      Object.keys(shallow?.feeds ?? {})
        .filter((name) => !name.startsWith("host/"))
        .sort(),
    ).toEqual(["target", "text"]);
  });

  it("reads and writes moments of the adapter alone", () => {
    const avals = stateAvals(frozenBut(velocityLearner({ model, objective: snippetRegression() }), ["t2s."]), {
      accumulates: false,
    });
    const wanted = {
      ...prefixed("model/", model.avals()),
      ...Object.fromEntries(
        own.flatMap((name) => ["ema/", "exp_avg/", "exp_avg_sq/"].map((group) => [group + name, model.avals()[name]])),
      ),
    };
    expect(avals).toEqual(wanted);
  });
});

describe("only", () => {
  it.each([[[]], [["t2x."]], [["t2s.", "pos_embed"]]])("refuses %j, which moves less than it says", async (only) => {
    const engine = referenceEngine();
    await expect(train({ engine, ...runOf(snippetRegression()), only })).rejects.toThrow(/beginnings of names/);
  });
});
