import "@gmem/testing";
import type { Interpolant, Solver } from "@gmem/spec";
import { array, concatRows, key, type NDArray, referenceEngine, takeRows } from "@gmem/tensor";
import { describe, expect, it, vi } from "vitest";
import { gaussianModel, straight } from "../../test/gaussian-model.ts";
import { dpmSolver } from "../dpm-solver.ts";
import { euler } from "../euler.ts";
import { eulerMaruyama } from "../euler-maruyama.ts";
import { cfg } from "../guidance.ts";
import { heun } from "../heun.ts";
import { heunSde } from "../heun-sde.ts";
import { plan, type ScheduleOptions } from "../plan.ts";
import { rk4 } from "../runge-kutta.ts";
import { sampler } from "../sampler.ts";
import type { SlotStep, Stepper, StepperRequest } from "./contract.ts";
import { stepper } from "./stepper.ts";

const model = gaussianModel([2, 1, 1]);
const parameters = model.init(key(0));
const engine = referenceEngine();
const slots = 4;
const open = (): Promise<Stepper> => stepper({ engine, model, parameters, slots });

interface Wish extends ScheduleOptions {
  readonly solver: Solver;
  readonly seed: number;
}

const wishes: readonly Wish[] = [
  { solver: heun, steps: 4, seed: 1 },
  { solver: euler, steps: 7, seed: 2, guidance: cfg({ scale: 3, interval: [0.2, 0.8] }) },
  { solver: heunSde({ interpolant: straight }), steps: 5, seed: 3 },
  { solver: rk4, steps: 2, seed: 4, guidance: cfg({ scale: 1.7, channels: 1 }) },
  { solver: eulerMaruyama({ interpolant: straight, form: "linear" }), steps: 3, seed: 5 },
  { solver: dpmSolver({ interpolant: straight }), steps: 6, seed: 6, guidance: cfg({ scale: 2 }) },
];

const noiseOf = (seed: number): NDArray<"f32"> => key(seed).normal([1, 2, 1, 1]);
const stepNoiseOf = (seed: number) => (step: number) => key(seed).split(step).normal([1, 2, 1, 1]);
const feedsOf = (seed: number) => ({ mean: array([seed - 2], [1, 1]) });

const request = ({ solver, seed, ...schedule }: Wish, nullSlot?: number): StepperRequest => ({
  noise: noiseOf(seed),
  feeds: feedsOf(seed),
  steps: plan(solver, model, schedule),
  guidance: schedule.guidance,
  nullSlot: schedule.guidance && nullSlot,
  stepNoise: stepNoiseOf(seed),
});

async function alone(wish: Wish, [slot, nullSlot]: readonly [number, number] = [0, 1]): Promise<SlotStep> {
  const ready = await open();
  ready.join(slot, request(wish, nullSlot));
  let last: SlotStep | undefined;
  while (ready.free().length < slots) for (const step of await ready.step()) last = step;
  await ready.dispose();
  return last as SlotStep;
}

describe("stepper", () => {
  it.each(wishes)("gives what a sampler gives: $solver.name, $steps steps", async (wish) => {
    const { solver, seed, ...schedule } = wish;
    const whole = await sampler({ engine, model, parameters, batchSize: 1, solver, ...schedule });
    const input = { noise: noiseOf(seed), feeds: feedsOf(seed), stepNoise: stepNoiseOf(seed) };
    const { latents, nfe, forwards } = await whole.run(input);
    const stepped = await alone(wish);
    expect(stepped.x).toBeAllclose(latents, { atol: 1e-6 });
    expect([stepped.nfe, stepped.forwards, stepped.isDone, stepped.t]).toEqual([nfe, forwards, true, 0]);
  });

  it("gives equal bits in any slot, beside anybody, however others come and go", async () => {
    const expected = await Promise.all(wishes.map((wish) => alone(wish)));
    for (const order of [wishes, wishes.toReversed()]) {
      const ready = await open();
      const waiting = [...order];
      const done = new Map<Wish, SlotStep>();
      const places = new Map<number, Wish>();
      while (done.size < wishes.length) {
        for (let next = waiting[0]; next; next = waiting[0]) {
          const [slot, other] = ready.free().toReversed();
          if (slot === undefined || (next.guidance && other === undefined)) break;
          ready.join(slot, request(next, other));
          places.set(slot, next);
          waiting.shift();
        }
        for (const step of await ready.step()) if (step.isDone) done.set(places.get(step.slot) as Wish, step);
      }
      expect(wishes.map((wish) => done.get(wish)?.x.data)).toEqual(expected.map(({ x }) => x.data));
      await ready.dispose();
    }
    const elsewhere = await alone(wishes[1] as Wish, [3, 0]);
    expect(elsewhere.x.data).toEqual(expected[1]?.x.data);
  });

  it("takes one forward a call, whatever its requests are at", async () => {
    const compile = vi.spyOn(engine, "compile");
    const ready = await open();
    const network = await (compile.mock.results[0]?.value as ReturnType<typeof engine.compile>);
    const run = vi.spyOn(network, "run");
    ready.join(0, request({ solver: heun, steps: 2, seed: 1 }));
    ready.join(1, request({ solver: euler, steps: 2, seed: 1 }));
    const seen: number[][] = [];
    for (let call = 0; call < 3; call++) seen.push((await ready.step()).map(({ slot }) => slot));
    expect(seen).toEqual([[1], [0, 1], [0]]);
    expect(run).toHaveBeenCalledTimes(3);
    expect(await ready.step()).toEqual([]);
    compile.mockRestore();
  });

  it("frees the slots of a request that leaves, and goes on with the others as before", async () => {
    const ready = await open();
    const wish = wishes[0] as Wish;
    ready.join(0, request(wish));
    ready.join(2, request(wishes[1] as Wish, 3));
    await ready.step();
    expect(ready.free()).toEqual([1]);
    const under = ready.step();
    ready.leave(2);
    ready.join(3, request({ solver: euler, steps: 1, seed: 9 }));
    expect(ready.free()).toEqual([1, 2]);
    expect((await under).map(({ slot }) => slot)).toEqual([0]);
    const rest: SlotStep[] = [];
    while (ready.free().length < slots) rest.push(...(await ready.step()));
    const last = (slot: number) => rest.findLast((step) => step.slot === slot)?.x.data;
    expect(last(0)).toEqual((await alone(wish)).x.data);
    expect(last(3)).toEqual((await alone({ solver: euler, steps: 1, seed: 9 })).x.data);
  });

  it("ends a request that is not finite any more, and no other", async () => {
    const ready = await open();
    const wish = wishes[0] as Wish;
    const wild = { solver: euler, steps: 9, seed: 8, guidance: cfg({ scale: 1e38 }) };
    ready.join(0, { ...request(wild, 1), feeds: { mean: array([1e9], [1, 1]) } });
    ready.join(2, request(wish));
    const [failed] = await ready.step();
    expect(failed).toMatchObject({ slot: 0, error: { code: "NON_FINITE" } });
    expect(ready.free()).toEqual([0, 1, 3]);
    const rest: SlotStep[] = [];
    while (ready.free().length < slots) rest.push(...(await ready.step()));
    expect(rest.at(-1)?.x.data).toEqual((await alone(wish)).x.data);
  });

  it("estimates the data on the way, and lets parts of a picture stay", async () => {
    const convert: Interpolant["convert"] = (v, { x, t }) => x.sub(v.mul(t.reshape([-1, 1, 1, 1]))); // velocity → x0
    const ready = await stepper({
      engine,
      model: { ...model, interpolant: { ...straight, convert } },
      parameters,
      slots,
    });
    const wish = { solver: euler, steps: 2, seed: 1 };
    const seen: boolean[] = [];
    const keep: StepperRequest["keep"] = (x, { t, isLast }) => {
      seen.push(isLast);
      return array([7 + t, ...x.data.subarray(1)], x.shape);
    };
    ready.join(0, { ...request(wish), keep });
    const [first] = await ready.step();
    const [last] = await ready.step();
    expect(first?.x0()).toBeAllclose((await alone({ ...wish, steps: 1 })).x);
    expect([first?.x.data[0], last?.x.data[0], ...seen]).toEqual([7.5, 7, false, true]);
    expect(last?.x.data[1]).toBe((await alone(wish)).x.data[1]);
  });

  it("refuses what does not fit, and leaves its slots as they were", async () => {
    const ready = await open();
    const own = request(wishes[0] as Wish);
    const guided = request(wishes[1] as Wish, 1);
    await expect(stepper({ engine, model, parameters, slots: 0 })).rejects.toThrow(/slots must be a positive integer/);
    for (const slot of [-1, 4, 0.5]) expect(() => ready.join(slot, own)).toThrow(/a slot must be free/);
    expect(() => ready.join(1, guided)).toThrow(/a slot must be free/);
    expect(() => ready.join(0, { ...guided, nullSlot: undefined })).toThrow(/guided steps need/);
    expect(() => ready.join(0, { ...own, steps: [] })).toThrow(/needs steps, got none/);
    expect(() => ready.join(0, { ...own, feeds: {} })).toThrow(/the feed "mean" must be \[1,1\]/);
    expect(() => ready.join(0, { ...own, noise: concatRows([own.noise, own.noise]) })).toThrow(/noise must be/);
    expect(() => ready.join(0, { ...own, noise: array([Number.NaN, 0], [1, 2, 1, 1]) })).toThrow(
      /noise must be finite/,
    );
    const { stepNoise: _, ...quiet } = request(wishes[2] as Wish);
    expect(() => ready.join(0, quiet)).toThrow(/"heun-sde" adds noise in each step, got no stepNoise/);
    expect(ready.free()).toEqual([0, 1, 2, 3]);
    ready.join(0, own);
    const first = ready.step();
    await expect(ready.step()).rejects.toThrow(/one step at a time/);
    await first;
    expect(takeRows(own.noise, [0])).toEqual(own.noise);
  });
});
