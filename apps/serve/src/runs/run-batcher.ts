import {
  type BatchedRun,
  type DrawnOrder,
  type DrawOrder,
  type Run,
  type RunSamplers,
  runSamplers,
  type StepBatcher,
  stepBatcher,
} from "@gmem/runs";
import { GMemError, stopIfAborted } from "@gmem/tensor";

/** Solvers that choose their own steps, or go over the discrete ones of a DiT: a request of them has a forward of its own. */
const alone = ["dopri5", "ancestral", "ddim"];

/**
 * Draws in the slots of a step batcher what can share them, and other requests one after the other, at the same number of
 * samples.
 */
export async function runBatcher(run: Run & BatchedRun, { slots }: { readonly slots: number }): Promise<StepBatcher> {
  const shared = await stepBatcher(run, { slots });
  const samplers = runSamplers(run);
  let turn: Promise<unknown> = Promise.resolve();
  return {
    slots,
    draw(order) {
      if (!alone.includes(String(order.settings.solver))) return shared.draw(order);
      const mine = turn.then(() => drawAlone(samplers, order, slots));
      turn = mine.catch(() => {}); // told to who asked
      return mine;
    },
    status: () => shared.status(),
    async close() {
      await turn;
      await samplers.close();
      await shared.close();
    },
  };
}

async function drawAlone(samplers: RunSamplers, order: DrawOrder, slots: number): Promise<DrawnOrder> {
  const { settings, onStep, start, signal, ...own } = order;
  if (start)
    throw new GMemError(
      "CONFIG",
      `draw: ${String(settings.solver)} does not begin from a picture; take euler, heun, euler-maruyama or heun-sde`,
    );
  stopIfAborted(signal, "draw: stopped by its signal");
  const sampler = await samplers.sampler(settings, { batchSize: slots });
  return sampler.draw({
    ...own,
    ...(signal && { signal }),
    onProgress({ samples, step, steps }) {
      const preview = () => Promise.reject(new GMemError("CONFIG", "draw: this solver has no pictures on the way"));
      for (let picture = samples; picture < Math.min(samples + slots, order.count); picture++)
        onStep?.({ picture, step, steps, t: 1 - step / steps, preview });
    },
  });
}
