import { array, f32, grad, recomputed, sum, tanh, trace } from "@gmem/tensor";
import "@gmem/testing";
import { describe, expect, it } from "vitest";
import { backends, on } from "../test/backends.ts";
import { type TensorFlow, tfjsEngine } from "./index.ts";

const plusOne = trace({ feeds: { x: f32(2) }, state: { w: f32(2) } }, ({ feeds, state }) => {
  const w = state.w.add(feeds.x);
  return { fetches: { w, x: feeds.x }, nextState: { w } };
});

describe.each(backends)("tfjs engine on %s", (backend) => {
  it("is named after the backend and takes what tf has", async () => {
    const engine = await tfjsEngine({ tf: await on(backend) });
    expect(engine.name).toBe(`tfjs-${backend}`);
    expect([...engine.dtypes]).toEqual(["f32", "i32", "bool"]);
    await expect(engine.state({ w: array([1], [1], "f64") })).rejects.toMatchObject({ code: "DTYPE" });
  });

  it("does not share memory with arrays that go in or come out", async () => {
    const engine = await tfjsEngine({ tf: await on(backend) });
    const state = await engine.state({ w: array([1, 2]) });
    const step = await engine.compile(plusOne, { state });
    const x = array([1, 1]);
    const first = await step.run({ x });
    x.data.fill(50);
    first.w?.data.fill(60);
    first.x?.data.fill(70);
    expect((await state.read()).w).toBeAllclose([2, 3]);
    expect((await step.run({ x: array([1, 1]) })).w).toBeAllclose([3, 4]);
    await engine.dispose();
  });

  it("lets other work have its turn between runs that are awaited one after the other", async () => {
    const engine = await tfjsEngine({ tf: await on(backend) });
    const state = await engine.state({ w: array([0, 0]) });
    const step = await engine.compile(plusOne, { state });
    let fired = false;
    setTimeout(() => {
      fired = true;
    }, 1);
    for (let i = 0; i < 10_000 && !fired; i++) await step.run({ x: array([1, 1]) });
    expect(fired).toBe(true);
    await engine.dispose();
  });

  it("recomputes checkpoints instead of keeping them", async () => {
    const tf = await on(backend);
    const engine = await tfjsEngine({ tf });
    const peakOf = async (recomputes: boolean): Promise<number> => {
      const graph = trace({ feeds: { x: f32(64, 64) } }, ({ feeds: { x } }) => {
        let h = x;
        const block = (y: typeof x): typeof x => tanh(tanh(tanh(tanh(tanh(tanh(y))))));
        for (let i = 0; i < 6; i++) h = recomputes ? recomputed(block, h) : block(h);
        return { fetches: { dx: grad(sum(h), { x }).x } };
      });
      const watched = await tfjsEngine({ tf: watching(tf) });
      await (await watched.compile(graph)).run({ x: array(new Float32Array(4096).fill(0.1), [64, 64]) });
      await watched.dispose();
      return peak;
    };
    let peak = 0;
    const watching = (of: TensorFlow & typeof tf): TensorFlow => {
      peak = 0;
      const keep = (value: Parameters<TensorFlow["keep"]>[0]): ReturnType<TensorFlow["keep"]> => {
        peak = Math.max(peak, tf.memory().numBytes);
        return (of as TensorFlow).keep(value);
      };
      return { ...of, keep };
    };
    const before = tf.memory().numBytes;
    const all = (await peakOf(false)) - before;
    const some = (await peakOf(true)) - before;
    expect(some).toBeLessThan(all / 2);
    await engine.dispose();
  });
});

it("refuses to go on when tf is set to another backend, and goes on when it is set back", async () => {
  const tf = await on("cpu");
  const engine = await tfjsEngine({ tf });
  const state = await engine.state({ w: array([1, 2]) });
  const step = await engine.compile(plusOne, { state });
  await on("wasm");
  const message = 'tf must stay on the backend "cpu" of this engine, got "wasm"; set it back';
  await expect(step.run({ x: array([1, 1]) })).rejects.toThrow(message);
  await expect(state.read()).rejects.toThrow(message);
  await on("cpu");
  expect((await step.run({ x: array([1, 1]) })).w).toBeAllclose([2, 3]);
  await engine.dispose();
});

it("says what to import when no backend starts", async () => {
  const tf = await on("cpu");
  const ready = (): Promise<void> => Promise.reject(new Error("Could not initialize any backends"));
  await expect(tfjsEngine({ tf: { ...tf, ready } })).rejects.toMatchObject({
    code: "BACKEND_UNAVAILABLE",
    message: expect.stringContaining("import one, such as @tensorflow/tfjs-backend-wasm"),
  });
});

it("reports a kernel that fails as its own error, and keeps the state", async () => {
  const tf = await on("cpu");
  let fails = false;
  const failing: TensorFlow = {
    ...tf,
    engine: () => ({
      runKernel(kernel, inputs, attributes) {
        if (fails && kernel === "Add") throw new Error("OOM when allocating tensor with shape[2]");
        return tf
          .engine()
          .runKernel(kernel, inputs as Parameters<ReturnType<typeof tf.engine>["runKernel"]>[1], attributes);
      },
    }),
  };
  const engine = await tfjsEngine({ tf: failing });
  const state = await engine.state({ w: array([1, 2]) });
  const step = await engine.compile(plusOne, { state });
  fails = true;
  await expect(step.run({ x: array([1, 1]) })).rejects.toMatchObject({ code: "OUT_OF_MEMORY" });
  fails = false;
  expect((await state.read()).w).toBeAllclose([1, 2]);
  expect((await step.run({ x: array([1, 1]) })).w).toBeAllclose([2, 3]);
  await engine.dispose();
});
