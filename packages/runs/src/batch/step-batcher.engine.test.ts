import "@gmem/testing";
import { onnxEngine } from "@gmem/engine-onnx";
import { array, type DeviceState, type Engine, GMemError, key, type NDArray, takeRows } from "@gmem/tensor";
import { pixels } from "@gmem/tokenizers/pixels";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { untrainedModel } from "../../test/untrained-model.ts";
import type { RunConfig } from "../config/schema.ts";
import { type RunSamplers, runSamplers } from "../open/run-sampler.ts";
import type { DrawnOrder, DrawOrder, StepBatcher } from "./contract.ts";
import { type BatchedRun, stepBatcher } from "./step-batcher.ts";

const slots = 4;
let engine: Engine;
let state: DeviceState;
let run: BatchedRun;
let base: RunConfig["sampler"];
let samplers: RunSamplers;
let batcher: StepBatcher;

beforeAll(async () => {
  engine = await onnxEngine();
  const { config, model, parameters } = await untrainedModel("sit", "memory-bank");
  state = await engine.state(parameters);
  base = config.sampler;
  const tokenizer = async () => pixels({ size: 8 });
  run = { config, engine, model, state, tokenizer };
  samplers = runSamplers({ config, engine, model, state, tokenizer });
  batcher = await stepBatcher(run, { slots });
});
afterAll(async () => {
  await batcher.close();
  await engine.dispose();
});

const order = (settings: Partial<RunConfig["sampler"]>, own: Partial<DrawOrder> = {}): DrawOrder => ({
  request: undefined,
  count: 1,
  seed: 5,
  settings: { ...base, ...settings },
  ...own,
});

const orders = (): readonly DrawOrder[] => [
  order({ solver: "heun", steps: 4 }, { count: 3 }),
  order({ solver: "euler", steps: 6, cfg: 2.5, cfgInterval: [0.2, 0.7] }, { count: 2, seed: 6 }),
  order({ solver: "heun-sde", steps: 4, diffusion: "linear" }, { request: { rows: [3] } }),
  order({ solver: "euler-maruyama", steps: 5, shift: 3 }, { seed: 7, firstId: 2 }),
  order({ solver: "heun", steps: 3, cfg: 1.5, cfgChannels: 1 }, { seed: 8 }),
];

const bytes = ({ data }: NDArray): Buffer => Buffer.from(data.slice().buffer);

describe("pictures of a step batcher", () => {
  it("are bit-equal to what `sample` draws with as many rows of the network", async () => {
    for (const own of orders()) {
      const { settings, ...draw } = own;
      // a guided batch of two is four rows
      const sampler = await samplers.sampler(settings, { batchSize: settings.cfg === 1 ? slots : slots / 2 });
      const { images, latents } = await sampler.draw({ ...draw, seed: own.seed });
      const drawn = await batcher.draw(own);
      expect(bytes(drawn.latents), String(settings.solver)).toEqual(bytes(latents));
      expect(bytes(drawn.images)).toEqual(bytes(images));
    }
  });

  it("are bit-equal alone and among others, at any time and in any order", async () => {
    const alone: DrawnOrder[] = [];
    for (const own of orders()) alone.push(await batcher.draw(own));
    for (const turn of [orders(), orders().toReversed()]) {
      const together = await Promise.all(turn.map((own) => batcher.draw(own)));
      const expected = turn[0]?.settings.steps === 4 ? alone : alone.toReversed();
      expect(together.map(({ latents }) => bytes(latents))).toEqual(expected.map(({ latents }) => bytes(latents)));
    }
  });
});

describe("a step batcher", () => {
  it("ends an order within a step of its signal, frees its slots and leaves the others alone", async () => {
    const [first] = orders() as [DrawOrder];
    const expected = await batcher.draw(first);
    const controller = new AbortController();
    const other = batcher.draw(first);
    const before = batcher.status().steps;
    const stopped = batcher.draw(
      order(
        { solver: "euler", steps: 500, cfg: 3 },
        { count: 9, signal: controller.signal, onStep: ({ step }) => step === 2 && controller.abort() },
      ),
    );
    await expect(stopped).rejects.toMatchObject({ code: "ABORTED" });
    expect(batcher.status().steps - before).toBeLessThan(20);
    expect(bytes((await other).latents)).toEqual(bytes(expected.latents));
    expect(batcher.status()).toMatchObject({ waiting: 0, drawing: 0, free: slots });
  });

  it("says how each picture comes on, and shows what it becomes", async () => {
    const seen: string[] = [];
    const previews: Promise<NDArray<"f32">>[] = [];
    const { images } = await batcher.draw(
      order(
        { solver: "heun", steps: 2 },
        {
          count: 2,
          onStep({ picture, step, steps, t, preview }) {
            seen.push(`${picture}: ${step}/${steps} at ${t}`);
            previews.push(preview());
          },
        },
      ),
    );
    expect(seen).toEqual(["0: 1/2 at 0.5", "1: 1/2 at 0.5", "0: 2/2 at 0", "1: 2/2 at 0"]);
    const shown = await Promise.all(previews);
    expect(shown.map(({ shape }) => shape)).toEqual(Array.from({ length: 4 }, () => [1, 3, 8, 8]));
    expect(shown.slice(2).map(bytes)).toEqual([0, 1].map((i) => bytes(takeRows(images, [i]))));
    expect(bytes(shown[0] as NDArray)).not.toEqual(bytes(shown[2] as NDArray));
  });

  it("ends an order that is not finite, whose callback throws or that does not fit, and no other", async () => {
    const [first] = orders() as [DrawOrder];
    const expected = await batcher.draw(first);
    const bad = [
      order({ solver: "euler", steps: 9, cfg: 1e39 }),
      order({ steps: 3 }, { onStep: () => JSON.parse("{") }),
      order({ solver: "dopri5" }, { start: { latents: key(3).normal([1, 3, 8, 8]), strength: 1 } }),
      order({}, { count: 0 }),
      order({}, { request: { rows: [999] } }),
    ].map((own) => batcher.draw(own).catch((error: Error & { code?: string }) => error.code ?? error.name));
    const good = batcher.draw(first);
    expect(await Promise.all(bad)).toEqual(["NON_FINITE", "SyntaxError", "CONFIG", "CONFIG", "INVALID_REQUEST"]);
    expect(bytes((await good).latents)).toEqual(bytes(expected.latents));
    expect(batcher.status().free).toBe(slots);
  });

  it("loses the orders of an evaluation that the engine fails, and draws those that waited with their bits", async () => {
    let isBroken = false;
    const compile: Engine["compile"] = async (graph, options) => {
      const executable = await engine.compile(graph, options);
      const run: typeof executable.run = async (...given) => {
        if (!isBroken) return executable.run(...given);
        isBroken = false;
        throw new GMemError("ENGINE", "the device is lost");
      };
      return Object.assign(Object.create(executable), {
        run,
        graph: executable.graph,
        dispose: () => executable.dispose(),
      });
    };
    const once: Engine = Object.assign(Object.create(engine), { compile, state: engine.state.bind(engine) });
    const other = await stepBatcher({ ...run, engine: once }, { slots });
    const inSlots = Array.from({ length: slots }, (_, seed) =>
      other.draw(order({ steps: 4 }, { seed, onStep: () => (isBroken ||= seed === 0) })).catch(({ code }) => code),
    );
    const waiting = other.draw(order({ solver: "heun", steps: 4 }, { seed: 6 }));
    expect(await Promise.all(inSlots)).toEqual(Array.from({ length: slots }, () => "ENGINE"));
    const expected = await batcher.draw(order({ solver: "heun", steps: 4 }, { seed: 6 }));
    expect(bytes((await waiting).latents)).toEqual(bytes(expected.latents));
    expect(other.status()).toMatchObject({ waiting: 0, drawing: 0, free: slots });
    await other.close();
  });

  it("ends what is under way when it is closed", async () => {
    const other = await stepBatcher(run, { slots: 1 });
    const pending = other.draw(order({ steps: 500 }));
    const guided = other.draw(order({ cfg: 2 }));
    await expect(guided).rejects.toThrow(/guidance needs 2 slots/);
    const ended = expect(pending).rejects.toMatchObject({ code: "ABORTED" });
    await other.close();
    await ended;
    await expect(other.draw(order({}))).rejects.toThrow(/has been closed/);
  });
});

describe("orders whose steps cannot be shared", () => {
  it("are drawn beside the others, with the bits of `sample`, and end by their signal", async () => {
    const [first] = orders() as [DrawOrder];
    const alone = await batcher.draw(first);
    const wish = order({ solver: "dopri5", steps: 3 }, { count: 6, seed: 9 });
    const sampler = await samplers.sampler(wish.settings, { batchSize: slots });
    const expected = await sampler.draw({ request: undefined, count: 6, seed: 9 });
    const seen: string[] = [];
    const controller = new AbortController();
    const cancelled = batcher.draw({ ...wish, signal: controller.signal, onStep: () => controller.abort() });
    const onStep: DrawOrder["onStep"] = ({ picture, step, steps }) => seen.push(`${picture}: ${step}/${steps}`);
    const [whole, shared] = await Promise.all([
      batcher.draw({ ...wish, onStep }),
      batcher.draw(first),
      expect(cancelled).rejects.toMatchObject({ code: "ABORTED" }),
    ]);
    expect(bytes(whole.latents)).toEqual(bytes(expected.latents));
    expect([whole.nfe, whole.forwards]).toEqual([expected.nfe, expected.forwards]);
    expect(bytes(shared.latents)).toEqual(bytes(alone.latents));
    expect(seen).toHaveLength(18);
    expect([seen[0], seen.at(-1)]).toEqual(["0: 1/3", "5: 3/3"]);
    await expect(batcher.draw({ ...wish, settings: { ...base, solver: "ddim" } })).rejects.toThrow(/is for a DiT/);
    expect(batcher.status()).toMatchObject({ waiting: 0, drawing: 0, free: slots });
  });
});

describe("drawing from a picture", () => {
  const latents = key(3).normal([1, 3, 8, 8]);
  const from = (strength: number, mask?: NDArray<"f32">): DrawOrder =>
    order({ solver: "heun", steps: 5 }, { count: 2, start: { latents, strength, ...(mask && { mask }) } });

  it("with strength 0 gives it back, with 1 is drawing without it, and starts late between", async () => {
    const plain = await batcher.draw(order({ solver: "heun", steps: 5 }, { count: 2 }));
    const [none, some, all] = [await batcher.draw(from(0)), await batcher.draw(from(0.4)), await batcher.draw(from(1))];
    expect(bytes(takeRows(none.latents, [1]))).toEqual(bytes(latents));
    expect(bytes(all.latents)).toEqual(bytes(plain.latents));
    const distance = (x: NDArray): number =>
      Array.from(x.data).reduce((sum, value, i) => sum + Math.abs(value - (latents.data[i % 192] as number)), 0);
    expect(distance(some.latents)).toBeLessThan(distance(all.latents));
    expect(distance(some.latents)).toBeGreaterThan(0);
  });

  it("keeps the bits of its latents outside a mask, and draws inside", async () => {
    const mask = array(
      Float32Array.from({ length: 64 }, (_, i) => (i % 8 < 3 ? 1 : 0)),
      [1, 1, 8, 8],
    );
    for (const strength of [1, 0.6]) {
      const drawn = await batcher.draw(from(strength, mask));
      drawn.latents.data.forEach((value, i) => {
        if (i % 8 >= 3) expect(value).toBe(latents.data[i % 192]);
        else expect(value).not.toBe(latents.data[i % 192]);
      });
    }
  });

  it("refuses a mask, latents or a strength that do not fit", async () => {
    const wrong = array(new Float32Array(9), [1, 1, 3, 3]);
    await expect(batcher.draw(from(0.5, wrong))).rejects.toThrow(/multiples of 8 and 8, got \[1,1,3,3\]/);
    await expect(batcher.draw(from(1.5))).rejects.toThrow(/strength must be in 0…1, got 1.5/);
    const start = { latents: key(1).normal([3, 3, 8, 8]), strength: 0.5 };
    await expect(batcher.draw({ ...from(1), start })).rejects.toThrow(/1 or 2 rows, got 3/);
  });
});
