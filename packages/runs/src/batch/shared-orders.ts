import { type SlotStep, type StepperOptions, stepper } from "@gmem/samplers";
import type { OpenOrder, Picture } from "./orders.ts";
import type { Lane } from "./take-turns.ts";

/** Orders whose pictures share each evaluation of the network, first come first served. */
export interface SharedOrders extends Lane {
  enter(picture: Picture): void;
  /** Takes what is left of an order out. */
  drop(order: OpenOrder): void;
  readonly waiting: number;
  readonly drawing: number;
  readonly free: number;
  dispose(): Promise<void>;
}

interface Handlers {
  /** A picture came a step further; what it throws ends the order. */
  readonly onStep: (picture: Picture, at: SlotStep) => void;
  readonly fail: (order: OpenOrder, error: unknown) => void;
}

/** @throws {GMemError} code `CONFIG` for a number of slots that is no positive integer. */
export async function sharedOrders(options: StepperOptions, { onStep, fail }: Handlers): Promise<SharedOrders> {
  const ready = await stepper(options);
  const waiting: Picture[] = [];
  /** By slot of the condition. */
  const drawing = new Map<number, Picture>();

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
        fail(next.order, error);
      }
    }
  }

  /** What happened and has not been told. */
  const news: { readonly picture: Picture; readonly at: SlotStep }[] = [];

  /** Tells what happened once the next step is under way: who hears of it makes pictures, answers and files. */
  function deliverLater(steps: readonly SlotStep[]): void {
    const wasTold = news.length === 0;
    for (const at of steps) {
      const picture = drawing.get(at.slot);
      if (at.isDone || at.error) drawing.delete(at.slot);
      if (picture) news.push({ picture, at });
    }
    if (wasTold && news.length > 0) setImmediate(tell);
  }

  /** One picture that is done in a turn of the event loop: where several end together, steps and answers go on between them. */
  function tell(): void {
    for (let next = news.shift(); next; next = news.shift()) {
      deliver(next.picture, next.at);
      if (next.at.isDone && news.length > 0) return void setImmediate(tell);
    }
  }

  function deliver(picture: Picture, at: SlotStep): void {
    if (!picture.order.isOpen) return;
    try {
      if (at.error) throw at.error;
      onStep(picture, at);
    } catch (error) {
      fail(picture.order, error);
    }
  }

  return {
    hasWork: () => waiting.length + drawing.size > 0,
    async step() {
      admit();
      try {
        deliverLater(await ready.step());
      } catch (error) {
        for (const order of new Set([...drawing.values()].map((picture) => picture.order))) fail(order, error);
      }
    },
    enter: (picture) => waiting.push(picture),
    drop(order) {
      waiting.splice(0, waiting.length, ...waiting.filter((picture) => picture.order !== order));
      for (const [slot, picture] of drawing) {
        if (picture.order !== order) continue;
        drawing.delete(slot);
        ready.leave(slot);
      }
    },
    get waiting() {
      return waiting.length;
    },
    get drawing() {
      return drawing.size;
    },
    get free() {
      return ready.free().length;
    },
    dispose: () => ready.dispose(),
  };
}
