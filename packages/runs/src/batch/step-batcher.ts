import { type SlotStep, stepper } from "@gmem/samplers";
import type { Tokenizer } from "@gmem/spec";
import { checkFinite, GMemError, type NDArray } from "@gmem/tensor";
import type { Run } from "../open/open-run.ts";
import type { DrawOrder, StepBatcher } from "./contract.ts";
import { checkOrder, type DrawnPicture, OpenOrder, type Picture } from "./orders.ts";
import { picturesOf } from "./pictures.ts";
import { plansOf } from "./plans.ts";

export interface StepBatcherOptions {
  /** Rows of the network's batch; a picture takes one, with guidance two. */
  readonly slots: number;
}

/** What of a run is drawn with. */
export type BatchedRun = Pick<Run, "engine" | "model" | "state"> & { tokenizer(): Promise<Tokenizer> };

/**
 * Draws for many callers at once: their pictures share each forward of the network, and join and leave it between steps, first
 * come first served. Pictures are decoded one by one beside the steps.
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
  const ready = await stepper({ engine, model, state, slots });
  const planOf = plansOf(model);
  const open = new Set<OpenOrder>();
  const waiting: Picture[] = [];
  /** By slot of the condition. */
  const drawing = new Map<number, Picture>();
  let steps = 0;
  let isClosed = false;
  let working: Promise<void> | undefined;
  let decoding: Promise<unknown> = Promise.resolve();

  /** Decodes after what was asked for before: one picture a time, so that a step waits for one at most. */
  function decode(latents: NDArray<"f32">): Promise<NDArray<"f32">> {
    const image = decoding.then(async () => {
      const tokenizer = await run.tokenizer();
      const pictures = await tokenizer.decode(latents);
      checkFinite({ pictures }, { where: `draw: ${tokenizer.name}`, remedy: "check the tokenizer's weights" });
      return pictures;
    });
    decoding = image.catch(() => {});
    return image;
  }

  function end(order: OpenOrder, error: unknown): void {
    if (!order.isOpen) return;
    order.fail(error);
    for (let i = waiting.length - 1; i >= 0; i--) if (waiting[i]?.order === order) waiting.splice(i, 1);
    for (const [slot, picture] of drawing) {
      if (picture.order !== order) continue;
      drawing.delete(slot);
      ready.leave(slot);
    }
  }

  function finish({ order, index }: Picture, drawn: Omit<DrawnPicture, "image">): void {
    decode(drawn.latents).then(
      (image) => order.take(index, { ...drawn, image }),
      (error: unknown) => end(order, error),
    );
  }

  /** Gives free slots to those who wait, in their order. */
  function admit(): void {
    for (let next = waiting[0]; next; next = waiting[0]) {
      const [slot, nullSlot] = ready.free();
      if (slot === undefined || (next.slots === 2 && nullSlot === undefined)) return;
      waiting.shift();
      drawing.set(slot, next);
      try {
        ready.join(slot, { ...next.request, nullSlot: next.slots === 2 ? nullSlot : undefined });
      } catch (error) {
        end(next.order, error);
      }
    }
  }

  function deliver(at: SlotStep): void {
    const picture = drawing.get(at.slot);
    if (!picture) return;
    const { order, index } = picture;
    if (at.isDone || at.error) drawing.delete(at.slot);
    const { index: step, steps: all, t, nfe, forwards } = at;
    try {
      if (at.error) throw at.error;
      order.wanted.onStep?.({ picture: index, step, steps: all, t, preview: () => decode(at.isDone ? at.x : at.x0()) });
      if (at.isDone) finish(picture, { latents: at.x, nfe, forwards });
    } catch (error) {
      end(order, error);
    }
  }

  async function work(): Promise<void> {
    for (;;) {
      admit();
      if (drawing.size === 0) return;
      steps++;
      try {
        for (const at of await ready.step()) deliver(at);
      } catch (error) {
        for (const order of new Set([...drawing.values()].map((picture) => picture.order))) end(order, error);
      }
    }
  }

  function go(): void {
    working ??= work().finally(() => {
      working = undefined;
      if (waiting.length > 0) go();
    });
  }

  async function enter(order: OpenOrder): Promise<void> {
    const { wanted } = order;
    const plan = await planOf(wanted.settings, wanted.start?.strength ?? 1);
    const requests = await picturesOf(model, wanted, plan);
    if (!order.isOpen) return;
    const isGuided = plan.steps.some(({ guided }) => guided.includes(true));
    if (isGuided && slots < 2)
      throw new GMemError(
        "CONFIG",
        `draw: guidance needs 2 slots, got ${slots}; make the batcher with more, or take cfg 1`,
      );
    for (const [index, request] of requests.entries()) {
      const picture: Picture = { order, index, request, slots: isGuided ? 2 : 1 };
      if (plan.steps.length === 0) finish(picture, { latents: request.noise, nfe: 0, forwards: 0 });
      else waiting.push(picture);
    }
    go();
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
    status: () => ({ waiting: waiting.length, drawing: drawing.size, free: ready.free().length, steps }),
    async close() {
      isClosed = true;
      for (const order of open) end(order, new GMemError("ABORTED", "draw: the batcher was closed"));
      await working;
      await decoding;
      await ready.dispose();
    },
  };
}
