import { drawSamples, type Sampler, type SamplerInput, type SamplerStep } from "@gmem/samplers";
import { type NDArray, stopIfAborted, takeRows } from "@gmem/tensor";
import { type RunSamplers, runSamplers, type SamplersParts } from "../open/run-sampler.ts";
import type { OpenOrder } from "./orders.ts";
import type { Lane } from "./take-turns.ts";

/** A picture of an order on its way. */
export interface WholeStep extends Pick<SamplerStep, "index" | "t"> {
  readonly picture: number;
  /** x [1,C,h,w]. */
  x(): Promise<NDArray<"f32">>;
}

/** Orders whose solver shares no evaluation: drawn one after another, in batches of their own, a step a turn. */
export interface WholeOrders extends Lane {
  /** Latents of an order, when those before it are drawn. */
  draw(
    order: OpenOrder,
    onStep: (at: WholeStep) => void,
  ): Promise<{ readonly latents: NDArray<"f32">; readonly nfe: number; readonly forwards: number }>;
  /** Pictures. */
  readonly waiting: number;
  readonly drawing: number;
  close(): Promise<void>;
}

/** @param options.wake called when there is work. */
export function wholeOrders(
  parts: SamplersParts,
  { slots, wake }: { readonly slots: number; readonly wake: () => void },
): WholeOrders {
  const turns: (() => Promise<void>)[] = [];
  const waiting = new Set<OpenOrder>();
  let present: OpenOrder | undefined;
  let before: Promise<unknown> = Promise.resolve();
  let latest: { readonly settings: string; readonly samplers: RunSamplers } | undefined;

  /** Does the work in a turn of this lane. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      turns.push(() => work().then(resolve, reject));
      wake();
    });

  /** The sampler of the latest settings is kept, and no other: callers may ask for any number of them. */
  async function samplersFor(settings: string): Promise<RunSamplers> {
    if (latest?.settings !== settings) {
      await latest?.samplers.close();
      latest = { settings, samplers: runSamplers(parts) };
    }
    return latest.samplers;
  }

  async function drawn(order: OpenOrder, onStep: (at: WholeStep) => void) {
    const { settings, request, count, seed, firstId = 0 } = order.wanted;
    const { sampler } = await samplersFor(JSON.stringify(settings));
    const ready = await sampler(settings, { batchSize: slots });
    let first = 0;
    async function* steps(input: SamplerInput): AsyncGenerator<SamplerStep> {
      const inner = ready.steps(input)[Symbol.asyncIterator]();
      try {
        for (let next = await inTurn(() => inner.next()); !next.done; next = await inTurn(() => inner.next())) {
          const { index, t, x } = next.value;
          for (let i = 0; i < Math.min(slots, count - first); i++)
            onStep({ index, t, picture: first + i, x: async () => takeRows(await x(), [i]) });
          yield next.value;
        }
        first += slots;
      } finally {
        await inner.return?.();
      }
    }
    const own: Pick<Sampler, "batchSize" | "steps"> = { batchSize: slots, steps };
    const { signal } = order.ended;
    return drawSamples(own, { model: parts.model, request, count, seed, firstId, signal, steps: settings.steps });
  }

  return {
    hasWork: () => turns.length > 0,
    async step() {
      await turns.shift()?.();
    },
    draw(order, onStep) {
      waiting.add(order);
      const result = before.then(() => {
        waiting.delete(order);
        present = order;
        stopIfAborted(order.ended.signal, "draw: stopped by its signal");
        return drawn(order, onStep);
      });
      before = result
        .catch(() => {})
        .finally(() => {
          present = undefined;
        });
      return result;
    },
    get waiting() {
      return [...waiting].reduce((sum, { isOpen, wanted }) => sum + (isOpen ? wanted.count : 0), 0);
    },
    get drawing() {
      return present?.isOpen ? present.wanted.count : 0;
    },
    async close() {
      await before;
      await latest?.samplers.close();
    },
  };
}
