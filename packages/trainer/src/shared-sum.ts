import { type DeviceState, type Executable, mapNamed, type Named, type NDArray, prefixed } from "@gmem/tensor";
import { addParts, fedTo, type MicroSum } from "./micro-sum.ts";
import { addGraph, gradientGraph } from "./shared-graphs.ts";
import { microBatches } from "./step-feeds.ts";
import { accumulateGraph } from "./step-graph.ts";
import type { ResolvedOptions } from "./train-options.ts";
import { groups, trainable } from "./train-state.ts";

/** An engine beside the one that updates: a copy of the parameters, and a program that fetches gradients. */
export interface Peer {
  readonly state: DeviceState;
  readonly gradients: Executable;
}

/** Of each of `options.engines` one, which begins with the parameters `model/…` of a state. */
export async function openPeers(options: ResolvedOptions, start: Named<NDArray>): Promise<readonly Peer[]> {
  const { engines, learner, batchSize, accumulate } = options;
  const graph = gradientGraph({ ...options, n: batchSize / accumulate });
  const own = prefixed(groups.model, learner.avals());
  const parameters = mapNamed(own, (_, name) => start[name] as NDArray);
  const peers: Peer[] = [];
  try {
    for (const engine of engines) {
      const state = await engine.state(parameters);
      peers.push({ state, gradients: await engine.compile(graph, { state }) });
    }
    return peers;
  } catch (error) {
    await closePeers(peers);
    throw error;
  }
}

export async function closePeers(peers: readonly Peer[]): Promise<void> {
  for (const { gradients, state } of peers) {
    await gradients.dispose();
    await state.dispose();
  }
}

/**
 * Several devices: of W, the k-th takes micro-batches k, k + W, …, and the first adds up the gradients of all in the order
 * of the micro-batches, whoever made them. The sums have the bits of `sumInTurn`.
 */
export async function sumShared(
  options: ResolvedOptions,
  { state, peers }: { readonly state: DeviceState; readonly peers: readonly Peer[] },
): Promise<MicroSum> {
  const { engine, learner, accumulate } = options;
  const n = options.batchSize / accumulate;
  const devices = 1 + peers.length;
  const own = await engine.compile(accumulateGraph({ ...options, n }), { state });
  const add = await engine.compile(addGraph(options), { state });
  const moved = Object.keys(prefixed(groups.model, trainable(learner, learner.avals())));
  let isNew = false;

  /** Brings parameters that an update has changed to all peers. */
  async function spread(): Promise<void> {
    if (!isNew) return;
    const values = await state.read(moved);
    await Promise.all(peers.map((peer) => peer.state.write(values)));
  }
  return {
    async sum(feeds) {
      const micro = microBatches(learner, feeds, { n, accumulate });
      const ready = spread(); // asked for before the first device begins with its own, which may then go on meanwhile
      isNew = true;
      const begin = (k: number): Promise<Named<NDArray>> => {
        const { gradients } = peers[(k % devices) - 1] as Peer;
        const run = ready.then(() => gradients.run(fedTo(gradients, micro[k] as Named<NDArray>)));
        run.catch(() => undefined); // told when it is its turn
        return run;
      };
      const begun = peers.map((_, i) => begin(i + 1)); // one on its way of each
      const parts: Record<string, number> = {};
      for (const [k, batch] of micro.entries()) {
        const peer = (k % devices) - 1;
        if (peer < 0) addParts(parts, await own.run(fedTo(own, batch)));
        else {
          const fetched = await (begun[peer] as Promise<Named<NDArray>>);
          if (k + devices < accumulate) begun[peer] = begin(k + devices);
          await add.run(fedTo(add, fetched));
          addParts(parts, fetched);
        }
      }
      return { last: {}, parts };
    },
    async dispose() {
      await own.dispose();
      await add.dispose();
      await closePeers(peers);
    },
  };
}
