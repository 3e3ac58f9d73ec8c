import type { Run, RunConfig } from "@gmem/runs";
import type { NDArray } from "@gmem/tensor";

/** A step of a picture. */
export interface DrawStep {
  readonly picture: number;
  readonly step: number;
  readonly steps: number;
  readonly t: number;
  preview(): Promise<NDArray<"f32">>;
}

export interface DrawOrder {
  readonly request: unknown;
  readonly count: number;
  readonly seed: number;
  readonly firstId?: number;
  readonly settings: RunConfig["sampler"];
  readonly start?: { readonly latents: NDArray<"f32">; readonly strength: number; readonly mask?: NDArray<"f32"> };
  readonly signal?: AbortSignal;
  readonly onStep?: (step: DrawStep) => void;
}

/** What draws the orders of one run. */
export interface StepBatcher {
  readonly slots: number;
  draw(order: DrawOrder): Promise<{ readonly images: NDArray<"f32">; readonly latents: NDArray<"f32"> }>;
  status(): { readonly waiting: number; readonly drawing: number; readonly free: number; readonly steps: number };
  close(): Promise<void>;
}

/** One order after the other. */
export function serialBatcher(run: Run, { slots = 8 }: { readonly slots?: number }): StepBatcher {
  let turn: Promise<unknown> = Promise.resolve();
  let [waiting, drawing, done] = [0, 0, 0];
  return {
    slots,
    draw({ settings, onStep, start: _, ...order }) {
      waiting++;
      const mine = turn.then(async () => {
        waiting--;
        drawing = order.count;
        try {
          const sampler = await run.sampler(settings, { batchSize: slots });
          return await sampler.draw({
            ...order,
            onProgress({ samples, step, steps }) {
              done++;
              for (let picture = samples; picture < Math.min(samples + slots, order.count); picture++)
                onStep?.({ picture, step, steps, t: 1 - step / steps, preview: () => Promise.reject(new TypeError()) });
            },
          });
        } finally {
          drawing = 0;
        }
      });
      turn = mine.catch(() => {});
      return mine;
    },
    status: () => ({ waiting, drawing, free: Math.max(0, slots - drawing), steps: done }),
    async close() {
      await turn;
    },
  };
}
