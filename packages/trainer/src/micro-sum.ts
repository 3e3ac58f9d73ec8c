import type { DeviceState, Executable, Named, NDArray } from "@gmem/tensor";
import { withoutPrefix } from "@gmem/tensor";
import { microBatches } from "./step-feeds.ts";
import { accumulateGraph } from "./step-graph.ts";
import type { ResolvedOptions } from "./train-options.ts";

/** What is left of a step when its micro-batches are summed. */
export interface Summed {
  /** What the step's own program is fed beside its scalars. */
  readonly last: Named<NDArray>;
  /** Parts of the loss that it does not fetch. */
  readonly parts: Named<number>;
}

/** Brings the gradients of a step's micro-batches together, on the device that updates. */
export interface MicroSum {
  sum(feeds: Named<NDArray>): Promise<Summed>;
  dispose(): Promise<void>;
}

/** One device, which takes them one after the other; its step takes the last. */
export async function sumInTurn(options: ResolvedOptions, state: DeviceState): Promise<MicroSum> {
  const { engine, learner, accumulate } = options;
  if (accumulate === 1) return { sum: async (feeds) => ({ last: feeds, parts: {} }), dispose: async () => {} };
  const n = options.batchSize / accumulate;
  const add = await engine.compile(accumulateGraph({ ...options, n }), { state });
  return {
    async sum(feeds) {
      const micro = microBatches(learner, feeds, { n, accumulate });
      const parts: Record<string, number> = {};
      for (const batch of micro.slice(0, -1)) addParts(parts, await add.run(fedTo(add, batch)));
      return { last: micro.at(-1) as Named<NDArray>, parts };
    },
    dispose: () => add.dispose(),
  };
}

/** Of some feeds, those that a program takes. */
export const fedTo = ({ graph }: Executable, feeds: Named<NDArray>): Named<NDArray> =>
  Object.fromEntries(Object.keys(graph.feeds).map((name) => [name, feeds[name] as NDArray]));

export function addParts(parts: Record<string, number>, fetched: Named<NDArray>): void {
  for (const [name, { data }] of Object.entries(withoutPrefix("part/", fetched)))
    parts[name] = (parts[name] ?? 0) + (data[0] as number);
}
