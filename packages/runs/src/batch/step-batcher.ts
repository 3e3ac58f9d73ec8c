import type { Tokenizer } from "@gmem/spec";
import { checkFinite, GMemError, type NDArray, takeRows } from "@gmem/tensor";
import type { Run } from "../open/open-run.ts";
import type { SamplersParts } from "../open/run-sampler.ts";
import { solverName } from "../parts/solver.ts";
import type { DrawOrder, StepBatcher } from "./contract.ts";
import { checkOrder, type DrawnPicture, OpenOrder } from "./orders.ts";
import { picturesOf } from "./pictures.ts";
import { type Plan, plansOf } from "./plans.ts";
import { sharedOrders } from "./shared-orders.ts";
import { type Lane, takeTurns } from "./take-turns.ts";
import { wholeOrders } from "./whole-orders.ts";

export interface StepBatcherOptions {
  /** Rows of the network's batch; a picture takes one, with guidance two. */
  readonly slots: number;
}

/** What of a run is drawn with. */
export type BatchedRun = Pick<Run, "engine" | "model" | "state"> & {
  readonly config: SamplersParts["config"];
  tokenizer(): Promise<Tokenizer>;
};

/**
 * Draws for many callers at once: their pictures share each forward of the network, and join and leave it between steps, first
 * come first served. Orders of solvers whose steps cannot be shared, dopri5 and those of a DiT's discrete process, have a queue
 * of their own, and both get equal time. Pictures are decoded one by one beside the steps.
 * @throws {GMemError} code `CONFIG` for a number of slots that is no positive integer.
 * @example
 * // no-run
 * const run = await openRun("runs/mine");
 * const batcher = await stepBatcher(run, { slots: 8 });
 * const order = { request: run.conditioner.parse({ rows: [3] }), count: 4, seed: 0, settings: run.config.sampler };
 * const { images } = await batcher.draw(order); // [4,3,H,W]
 * await batcher.close();
 */
export async function stepBatcher(run: BatchedRun, { slots }: StepBatcherOptions): Promise<StepBatcher> {
  const { engine, model, state } = run;
  const planOf = plansOf(model);
  const open = new Set<OpenOrder>();
  let steps = 0;
  let isClosed = false;
  let working: Promise<void> | undefined;
  let decoding: Promise<unknown> = Promise.resolve();

  /** Decodes after what was asked for before: one picture a time, so that a step waits for one at most. */
  function decode(latents: NDArray<"f32"> | Promise<NDArray<"f32">>): Promise<NDArray<"f32">> {
    const image = decoding.then(async () => {
      const tokenizer = await run.tokenizer();
      const pictures = await tokenizer.decode(await latents);
      checkFinite({ pictures }, { where: `draw: ${tokenizer.name}`, remedy: "check the tokenizer's weights" });
      return pictures;
    });
    decoding = image.catch(() => {});
    return image;
  }

  function finish(order: OpenOrder, index: number, drawn: Omit<DrawnPicture, "image">): void {
    decode(drawn.latents).then(
      (image) => order.take(index, { ...drawn, image }),
      (error: unknown) => end(order, error),
    );
  }

  const shared = await sharedOrders(
    { engine, model, state, slots },
    {
      onStep({ order, index: picture }, at) {
        const { index: step, t, nfe, forwards, isDone, x } = at;
        order.wanted.onStep?.({ picture, step, steps: at.steps, t, preview: () => decode(isDone ? x : at.x0()) });
        if (isDone) finish(order, picture, { latents: x, nfe, forwards });
      },
      fail: end,
    },
  );
  const whole = wholeOrders(run, { slots, wake: go });

  function end(order: OpenOrder, error: unknown): void {
    if (!order.isOpen) return;
    order.fail(error);
    shared.drop(order);
  }

  function go(): void {
    working ??= takeTurns([counting(shared), counting(whole)]).finally(() => {
      working = undefined;
      if (shared.hasWork() || whole.hasWork()) go();
    });
  }

  const counting = (lane: Lane): Lane => ({
    hasWork: () => lane.hasWork(),
    step() {
      steps++;
      return lane.step();
    },
  });

  async function enter(order: OpenOrder): Promise<void> {
    const { wanted } = order;
    const plan = await planOf(wanted.settings, wanted.start?.strength ?? 1);
    await (plan ? share(order, plan) : drawWhole(order));
  }

  async function share(order: OpenOrder, plan: Plan): Promise<void> {
    const requests = await picturesOf(model, order.wanted, plan);
    if (!order.isOpen) return;
    const isGuided = plan.steps.some(({ guided }) => guided.includes(true));
    if (isGuided && slots < 2)
      throw new GMemError(
        "CONFIG",
        `draw: guidance needs 2 slots, got ${slots}; make the batcher with more, or take cfg 1`,
      );
    for (const [index, request] of requests.entries())
      if (plan.steps.length === 0) finish(order, index, { latents: request.noise, nfe: 0, forwards: 0 });
      else shared.enter({ order, index, request, slots: isGuided ? 2 : 1 });
    go();
  }

  async function drawWhole(order: OpenOrder): Promise<void> {
    const { start, settings, onStep } = order.wanted;
    if (start)
      throw new GMemError(
        "CONFIG",
        `draw: a picture is drawn from by solvers with steps that are known beforehand, got ${solverName(settings)}; use heun or euler`,
      );
    const { latents, nfe, forwards } = await whole.draw(order, ({ picture, index: step, t, x }) =>
      onStep?.({ picture, step, steps: settings.steps, t, preview: () => decode(x()) }),
    );
    for (let i = 0; i < order.wanted.count; i++) finish(order, i, { latents: takeRows(latents, [i]), nfe, forwards });
  }

  return {
    slots,
    async draw(wanted: DrawOrder) {
      if (isClosed) throw new GMemError("CONFIG", "draw: the batcher has been closed, make a new one");
      checkOrder(wanted);
      const { signal } = wanted;
      const order = new OpenOrder(wanted);
      open.add(order);
      const stop = (): void =>
        end(order, new GMemError("ABORTED", "draw: stopped by its signal", { cause: signal?.reason }));
      signal?.addEventListener("abort", stop, { once: true });
      if (signal?.aborted) stop();
      else enter(order).catch((error: unknown) => end(order, error));
      try {
        return await order.result;
      } finally {
        open.delete(order);
        signal?.removeEventListener("abort", stop);
      }
    },
    status: () => ({
      waiting: shared.waiting + whole.waiting,
      drawing: shared.drawing + whole.drawing,
      free: shared.free,
      steps,
    }),
    async close() {
      isClosed = true;
      for (const order of open) end(order, new GMemError("ABORTED", "draw: the batcher was closed"));
      await whole.close();
      await working;
      await decoding;
      await shared.dispose();
    },
  };
}
