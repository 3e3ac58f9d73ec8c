import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { getPriority } from "node:os";
import {
  type Aval,
  array,
  cast,
  constant,
  conv2d,
  type DType,
  type Engine,
  f32,
  type Graph,
  grad,
  mapNamed,
  mean,
  type NDArray,
  reciprocal,
  recomputed,
  sqrt,
  sum,
  sumSquare,
  type Tensor,
  tanh,
  trace,
  where,
} from "@gmem/tensor";
import ort from "onnxruntime-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import "@gmem/testing";
import { inPlaceUpdates } from "./in-place.ts";
import { onnxEngine } from "./onnx-engine.ts";
import { probeDevices } from "./probe-devices.ts";
import { profiles } from "./profile.ts";
import { runProgram } from "./program.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await onnxEngine({ threads: 2 });
});
afterAll(() => engine.dispose());

const scalarArray = (value: number): NDArray => array([value], []);
const numbers = (value: NDArray | undefined): readonly number[] => Array.from(value?.data ?? []);
const wave = (...shape: number[]): NDArray<"f32"> => {
  const size = shape.reduce((product, n) => product * n, 1);
  return array(
    Float32Array.from({ length: size }, (_, i) => Math.sin(1 + i)),
    shape,
  );
};

interface Step {
  readonly x: Tensor;
  readonly w: Tensor;
  readonly m: Tensor;
}

/** A training step of one layer; with `clip`, each update depends on all gradients. */
function stepOf({ x, w, m }: Step, clip: boolean): { readonly loss: Tensor; readonly w: Tensor; readonly m: Tensor } {
  const error = tanh(x.matmul(w)).sub(x); // [8,4]
  const gradient = x.matmul(error, { transposeA: true, alpha: 0.125 }); // [4,4]
  const direction = clip ? gradient.mul(reciprocal(sqrt(sumSquare(gradient)).add(1))) : gradient;
  const momentum = m.mul(0.9).add(direction);
  const next = w.sub(momentum.mul(0.1));
  // without clipping, something reads the old w that the update does not wait for
  return { loss: clip ? sumSquare(error) : sumSquare(tanh(w).matmul(w)), w: next, m: momentum };
}

const avals = { x: f32(8, 4), w: f32(4, 4), m: f32(4, 4) };
const trainStep = (clip: boolean): Graph =>
  trace({ feeds: { x: avals.x }, state: { w: avals.w, m: avals.m } }, ({ feeds, state }) => {
    const { loss, w, m } = stepOf({ ...feeds, ...state }, clip);
    return { fetches: { loss }, nextState: { w, m } };
  });

const initial = (): { w: NDArray; m: NDArray } => ({ w: wave(4, 4), m: array(new Float32Array(16), [4, 4]) });
const batch = (i: number): NDArray<"f32"> =>
  array(
    wave(8, 4).data.map((value) => value * (1 + i)),
    [8, 4],
  );

/** The same steps by a program without state: every new value is a fetch, put back by hand. */
async function stepsByHand(
  clip: boolean,
  steps: number,
): Promise<{ losses: number[]; w: readonly number[]; m: readonly number[] }> {
  const graph = trace({ feeds: avals }, ({ feeds }) => {
    const { loss, w, m } = stepOf(feeds, clip);
    return { fetches: { loss, w, m } };
  });
  const once = await engine.compile(graph);
  let { w, m } = initial();
  const losses: number[] = [];
  for (let i = 0; i < steps; i++) {
    const results = await once.run({ x: batch(i), w, m });
    losses.push(results.loss?.data[0] as number);
    w = results.w as NDArray;
    m = results.m as NDArray;
  }
  await once.dispose();
  return { losses, w: numbers(w), m: numbers(m) };
}

test.each([true, false])("state kept on the device is what copying it in and out gives (clip %s)", async (clip) => {
  expect(inPlaceUpdates(trainStep(clip)).has("w")).toBe(clip);
  const state = await engine.state(initial());
  const once = await engine.compile(trainStep(clip), { state });
  const losses: number[] = [];
  for (let i = 0; i < 6; i++) losses.push((await once.run({ x: batch(i) })).loss?.data[0] as number);
  const { w, m } = await state.read();
  expect({ losses, w: numbers(w), m: numbers(m) }).toEqual(await stepsByHand(clip, 6));
  await once.dispose();
  await state.dispose();
});

test("onnxruntime writes a result into the very tensor that was fed", async () => {
  const session = await ort.InferenceSession.create(runProgram(trainStep(true), profiles.cpu));
  const { w, m } = initial();
  const tensors = {
    "state:w": new ort.Tensor("float32", w.data as Float32Array, [4, 4]),
    "state:m": new ort.Tensor("float32", m.data as Float32Array, [4, 4]),
  };
  const losses: number[] = [];
  for (let i = 0; i < 6; i++) {
    const feeds = { ...tensors, "feed:x": new ort.Tensor("float32", batch(i).data, [8, 4]) };
    const fetches = { "next:w": tensors["state:w"], "next:m": tensors["state:m"], "fetch:loss": null };
    losses.push((await session.run(feeds, fetches))["fetch:loss"]?.data[0] as number);
  }
  await session.release();
  expect({ losses, w: numbers(w), m: numbers(m) }).toEqual(await stepsByHand(true, 6));
});

test("asking for the sequence ends a run after it has written its results, and before they are copied", async () => {
  const session = await ort.InferenceSession.create(runProgram(trainStep(true), profiles.cpu));
  const { w, m } = initial();
  const tensor = (value: NDArray): ort.Tensor => new ort.Tensor("float32", value.data as Float32Array, value.shape);
  const fetches = {
    done: null,
    "next:w": new ort.Tensor("float32", new Float32Array(16), [4, 4]),
    "next:m": new ort.Tensor("float32", new Float32Array(16), [4, 4]),
    "fetch:loss": new ort.Tensor("float32", new Float32Array(1), []),
  };
  const running = session.run({ "state:w": tensor(w), "state:m": tensor(m), "feed:x": tensor(batch(0)) }, fetches);
  await expect(running).rejects.toThrow("Non tensor type");
  await session.release();
  const losses = [fetches["fetch:loss"].data[0]];
  const [after, momentum] = [fetches["next:w"], fetches["next:m"]].map(({ data }) => Array.from(data as Float32Array));
  expect({ losses, w: after, m: momentum }).toEqual(await stepsByHand(true, 1));
});

test.each([1, 4])("a loop of %i steps leaves what single runs leave", async (steps) => {
  const state = await engine.state(initial());
  const loop = await engine.compile(trainStep(true), { state, loop: { steps, perStep: ["x"] } });
  const rows = Array.from({ length: steps }, (_, i) => numbers(batch(i))).flat();
  const { loss } = await loop.run({ x: array(rows, [steps, 8, 4]) });
  expect(loss?.shape).toEqual([steps]);
  const { w, m } = await state.read();
  expect({ losses: numbers(loss), w: numbers(w), m: numbers(m) }).toEqual(await stepsByHand(true, steps));
  await loop.dispose();
});

test("a loop reads unchanged state and shared feeds from outside, and may return inputs and constants", async () => {
  const graph = trace(
    { feeds: { d: f32(1), scale: f32(1) }, state: { x: f32(1), w: f32(1) } },
    ({ feeds: { d, scale }, state: { x, w } }) => ({
      fetches: { before: x.reshape([1, 1]), d, fixed: constant(array([7])) },
      nextState: { x: x.add(d.mul(scale).mul(w)) },
    }),
  );
  const state = await engine.state({ x: array([1]), w: array([2]) });
  const loop = await engine.compile(graph, { state, loop: { steps: 3, perStep: ["d"] } });
  const results = await loop.run({ d: array([1, 2, 3], [3, 1]), scale: array([10]) });
  expect(numbers(results.before)).toEqual([1, 21, 61]);
  expect(numbers(results.d)).toEqual([1, 2, 3]);
  expect(numbers(results.fixed)).toEqual([7, 7, 7]);
  expect(numbers((await state.read(["x"])).x)).toEqual([121]);
});

test("several programs share one state, seen through a prefix too", async () => {
  const state = await engine.state({ "net/w": array([1, 2]), "ema/w": array([3, 4]), extra: array([5]) });
  const grow = trace({ feeds: {}, state: { w: f32(2) } }, ({ state: { w } }) => ({
    fetches: {},
    nextState: { w: w.mul(2) },
  }));
  const look = trace({ feeds: {}, state: { w: f32(2) } }, ({ state: { w } }) => ({ fetches: { total: sum(w) } }));
  const growNet = await engine.compile(grow, { state: state.scope("net/") });
  const lookNet = await engine.compile(look, { state: state.scope("net/") });
  const lookEma = await engine.compile(look, { state: state.scope("ema/") });
  await growNet.run({});
  expect(numbers((await lookNet.run({})).total)).toEqual([6]);
  expect(numbers((await lookEma.run({})).total)).toEqual([7]);
  await state.scope("ema/").write({ w: array([10, 20]) });
  expect(numbers((await lookEma.run({})).total)).toEqual([30]);
  expect(Object.keys(await state.scope("net/").read())).toEqual(["w"]);
  await expect(state.write({ nothing: array([1]) })).rejects.toMatchObject({ code: "SHAPE" });
  await expect(state.write({ extra: array([1, 2]) })).rejects.toMatchObject({ code: "SHAPE" });
});

test("one tensor may be fetched under two names, beside an input, a constant and new state", async () => {
  const graph = trace({ feeds: { x: f32(2) }, state: { s: f32(2), t: f32(2) } }, ({ feeds: { x }, state: { s } }) => {
    const y = s.add(x);
    return { fetches: { a: y, b: y, x, s, seven: constant(array([7])) }, nextState: { s: y, t: s } };
  });
  const state = await engine.state({ s: array([1, 2]), t: array([0, 0]) });
  const run = await engine.compile(graph, { state });
  for (const [s, y] of [
    [
      [1, 2],
      [11, 22],
    ],
    [
      [11, 22],
      [21, 42],
    ],
  ]) {
    const results = await run.run({ x: array([10, 20]) });
    const got = mapNamed(results, (value) => numbers(value));
    expect(got).toEqual({ a: y, b: y, x: [10, 20], s, seven: [7] });
    const kept = await state.read();
    expect([numbers(kept.s), numbers(kept.t)]).toEqual([y, s]);
  }
});

test("a feed is copied: the caller's array stays as it was, also when its memory is shared", async () => {
  const graph = trace({ feeds: { x: f32(2) } }, ({ feeds: { x } }) => ({ fetches: { y: x.mul(2) } }));
  const double = await engine.compile(graph);
  const shared = new Float32Array(new SharedArrayBuffer(16), 4, 2);
  shared.set([1, 2]);
  expect(
    numbers(
      (await double.run({ x: { dtype: "f32", shape: [2], data: shared as unknown as Float32Array<ArrayBuffer> } })).y,
    ),
  ).toEqual([2, 4]);
  const x = array([3, 4]);
  await double.run({ x });
  expect(numbers(x)).toEqual([3, 4]);
  await double.dispose();
});

test("a gradient that is not a number stays where it is when a block is computed again", async () => {
  const graph = trace({ feeds: { x: f32(2), w: f32(2) } }, ({ feeds: { x, w } }) => {
    const y = recomputed((inner) => tanh(tanh(inner)), x);
    return { fetches: grad(sum(y.mul(w)), { x }) };
  });
  const run = await engine.compile(graph);
  const [first, second] = numbers((await run.run({ x: array([0, 0]), w: array([Number.NaN, 3]) })).x);
  expect([first, second]).toEqual([Number.NaN, 3]);
});

/** A program that keeps the worker busy for a moment. */
const slow = (): Graph =>
  trace({ feeds: { x: f32(400, 400) }, state: { n: f32() } }, ({ feeds: { x }, state: { n } }) => {
    let y = x;
    for (let i = 0; i < 40; i++) y = tanh(y.matmul(x));
    return { fetches: { y: sum(y) }, nextState: { n: n.add(1) } };
  });
const large = wave(400, 400);

test("the event loop keeps turning during a run", async () => {
  const state = await engine.state({ n: scalarArray(0) });
  const run = await engine.compile(slow(), { state });
  let turns = 0;
  let running = true;
  const turn = (): void => {
    turns++;
    if (running) setImmediate(turn);
  };
  setImmediate(turn);
  await run.run({ x: large });
  running = false;
  expect(turns).toBeGreaterThan(2); // of a loop that stands still: one, or none
});

test("an aborted run that has not begun never happens; one that has begun finishes first", async () => {
  const state = await engine.state({ n: scalarArray(0) });
  const run = await engine.compile(slow(), { state });
  const controllers = Array.from({ length: 6 }, () => new AbortController());
  const runs = controllers.map(({ signal }) =>
    run.run({ x: large }, { signal }).then(
      () => "done",
      (error) => error.code,
    ),
  );
  for (const i of [1, 3, 5]) controllers[i]?.abort();
  expect(await Promise.all(runs)).toEqual(["done", "ABORTED", "done", "ABORTED", "done", "ABORTED"]);
  expect(numbers((await state.read()).n)).toEqual([3]);
  await expect(run.run({ x: large }, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "ABORTED" });
});

test("float64, int32, bool and float16 arrays go in and out", async () => {
  const avalOf = (dtype: DType): Aval => ({ dtype, shape: [2, 2] });
  const graph = trace(
    { feeds: { d: avalOf("f64"), i: avalOf("i32"), b: avalOf("bool"), h: avalOf("f16") } },
    ({ feeds: { d, i, b, h } }) => ({
      fetches: {
        product: d.matmul(d, { transposeB: true, alpha: 0.1 }),
        mean: mean(d, { axes: [0] }),
        sums: i.add(i),
        chosen: where(b, d, d.mul(-1)),
        half: cast(cast(h, "f32").mul(2), "f16"),
        flags: cast(b, "f32"),
      },
    }),
  );
  const run = await engine.compile(graph);
  const results = await run.run({
    d: array([1, 2, 3, 4], [2, 2], "f64"),
    i: array([1, -2, 3, 1 << 30], [2, 2], "i32"),
    b: array([1, 0, 0, 1], [2, 2], "bool"),
    h: array([0x3c00, 0x4000, 0xbc00, 0], [2, 2], "f16"), // 1, 2, −1, 0
  });
  expect(numbers(results.product)).toEqual([5 * 0.1, 11 * 0.1, 11 * 0.1, 25 * 0.1]);
  expect(numbers(results.mean)).toEqual([2, 3]);
  expect(numbers(results.sums)).toEqual([2, -4, 6, -(2 ** 31)]);
  expect(numbers(results.chosen)).toEqual([1, -2, -3, 4]);
  expect(numbers(results.half)).toEqual([0x4000, 0x4400, 0xc000, 0]);
  expect(numbers(results.flags)).toEqual([1, 0, 0, 1]);
});

test("wrong feeds, a missing state and a state of another engine are refused by name", async () => {
  const run = await engine.compile(slow(), { state: await engine.state({ n: scalarArray(0) }) });
  await expect(run.run({})).rejects.toMatchObject({
    code: "GRAPH",
    message: expect.stringContaining('feed "x" must be given'),
  });
  await expect(run.run({ x: wave(3) })).rejects.toMatchObject({ code: "SHAPE" });
  await expect(run.run({ x: large, z: large })).rejects.toMatchObject({ code: "GRAPH" });
  await expect(run.run({ x: array(large.data, [400, 400], "f64") })).rejects.toMatchObject({ code: "DTYPE" });
  await expect(engine.compile(slow())).rejects.toMatchObject({ code: "GRAPH" });
  await expect(engine.compile(slow(), { state: await engine.state({ n: array([1]) }) })).rejects.toMatchObject({
    code: "SHAPE",
  });
  const other = await onnxEngine({ threads: 1 });
  const state = await other.state({ n: scalarArray(0) });
  await expect(engine.compile(slow(), { state })).rejects.toMatchObject({ code: "CONFIG" });
  await other.dispose();
  await expect(state.read()).rejects.toMatchObject({ code: "ENGINE", message: expect.stringContaining("disposed") });
});

test("an operation without a kernel for its type is refused when it is compiled", async () => {
  const graph = trace(
    { feeds: { x: { dtype: "f64", shape: [1, 1, 2, 2] }, w: { dtype: "f64", shape: [1, 1, 1, 1] } } },
    ({ feeds }) => ({
      fetches: { y: conv2d(feeds.x, feeds.w) },
    }),
  );
  await expect(engine.compile(graph)).rejects.toMatchObject({ code: "UNSUPPORTED_OP", op: "conv2d" });
});

test("a graph that cannot fit is refused before it is compiled", async () => {
  const small = await onnxEngine({ memoryLimit: 1e6 });
  const state = await small.state({ n: scalarArray(0) });
  await expect(small.compile(slow(), { state })).rejects.toMatchObject({
    code: "OUT_OF_MEMORY",
    message: expect.stringMatching(/needs about .* MiB.*0.954 MiB are available; lower the batch size/),
  });
  await small.dispose();
});

test("a process ends by itself when an engine was forgotten", async () => {
  const worker = new URL("./worker.js", import.meta.url).href;
  const script = `
    import { Worker } from "node:worker_threads";
    const worker = new Worker(new URL(${JSON.stringify(worker)}), { workerData: ${JSON.stringify({ sessionOptions: {} })} });
    worker.unref();`;
  const { status } = spawnSync(process.execPath, ["--input-type=module", "-e", script], { timeout: 20_000 });
  expect(status).toBe(0);
});

test.runIf(process.platform === "linux")(
  "threads of an engine give way to others of the process (on Linux)",
  async () => {
    const niceOf = (thread: string): number =>
      Number(readFileSync(`/proc/self/task/${thread}/stat`, "utf8").replace(/.*\) /s, "").split(" ")[16]);
    const threads = (): ReadonlySet<string> => new Set(readdirSync("/proc/self/task"));
    const before = threads();
    const polite = await onnxEngine({ threads: 3, niceness: 4 });
    const double = await polite.compile(
      trace({ feeds: { x: f32(2) } }, ({ feeds }) => ({ fetches: { y: feeds.x.mul(2) } })),
    );
    expect((await double.run({ x: array([1, 2]) })).y).toBeAllclose([2, 4]);
    const own = [...threads()].filter((thread) => !before.has(thread)).map(niceOf);
    const usual = getPriority();
    expect(own.filter((nice) => nice === Math.min(19, usual + 4)).length).toBeGreaterThanOrEqual(3); // its own, and two of onnxruntime's
    expect([...before].filter((thread) => threads().has(thread)).every((thread) => niceOf(thread) === usual)).toBe(
      true,
    );
    await polite.dispose();
    await expect(onnxEngine({ niceness: 20 })).rejects.toThrow(/0…19/);
  },
);

test("every device is reported, with what to do where it cannot be used", async () => {
  const reports = await probeDevices();
  expect(reports.map((report) => report.device)).toEqual(["cpu", "webgpu", "cuda"]);
  expect(reports[0]).toEqual({ device: "cpu", available: true });
  for (const report of reports) if (!report.available) expect(report.reason).toMatch(/cannot be used.*(driver|CUDA)/);
});

test("a state of arrays handed over takes their memory, but copies what shares its buffer with something else", async () => {
  const whole = array([1, 2]);
  const pair = new Float32Array([3, 4, 5, 6]);
  const initial = { whole, again: whole, first: array(pair.subarray(0, 2)), second: array(pair.subarray(2)) };
  const state = await engine.state(initial, { transfer: true });
  expect(Object.values(await state.read()).map(numbers)).toEqual([
    [1, 2],
    [1, 2],
    [3, 4],
    [5, 6],
  ]);
  expect(whole.data.length).toBe(0);
  expect(Array.from(pair)).toEqual([3, 4, 5, 6]);
  await state.dispose();
});
