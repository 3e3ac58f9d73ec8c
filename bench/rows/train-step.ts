import { onnxEngine } from "@gmem/engine-onnx";
import { objective } from "@gmem/model";
import { array, flops, key, type Named, type NDArray } from "@gmem/tensor";
import { adamwDefaults, adamwScalars, initialState, stepGraph, velocityLearner } from "@gmem/trainer";
import { gemmRate, shareRow } from "../gemm.ts";
import { network, type Size, sizes } from "../network.ts";
import { alternateAll, timed } from "../pair.ts";
import { type Peer, startPeer } from "../peer.ts";
import type { Bench, BenchRow } from "../row.ts";

function trainStep(
  name: string,
  size: Size,
  { atLeast, repeats: usual }: { readonly atLeast: number; readonly repeats: number },
): Bench {
  return {
    name,
    async run({ repeats = usual }) {
      const peers = await Promise.all(
        ["eager", "compiled"].map((mode) => startPeer("train_step", [JSON.stringify(size), mode])),
      );
      const [eager, compiled] = peers as [Peer, Peer];
      const engine = await onnxEngine({ threads: 2 });
      const model = network(size);
      const loss = objective({});
      const learner = velocityLearner({ model, objective: loss });
      const options = { learner, optimizer: adamwDefaults, n: size.batch, accumulate: 1 };
      const start = initialState(model, model.init(key(0)), { accumulates: false });
      const state = await engine.state(start, { transfer: true }); // as the trainer does
      const graph = stepGraph(options);
      const step = await engine.compile(graph, { state });
      const index = Int32Array.from({ length: size.batch }, (_, i) => i);
      const latents = key(1).normal([size.batch, size.channels, size.side, size.side]);
      const batch = { index, latents, snippets: key(2).normal([size.batch, 768]) };
      const drawn = await learner.draw(batch, key(3));
      const feeds = (t: number): Named<NDArray> => {
        const { lr, correction1, correction2 } = adamwScalars(adamwDefaults, { t, lr: adamwDefaults.lr });
        return {
          ...drawn,
          "host/lr": lr,
          "host/correction1": correction1,
          "host/correction2": correction2,
          "host/emaRate": array([1e-4], []),
        };
      };
      const rows = await alternateAll((i) => timed(() => step.run(feeds(i + 1))), {
        repeats,
        rivals: [
          { name, peer: eager, atLeast, memoryAtMost: 1.1 },
          { name: `${name}-compiled`, peer: compiled, atLeast: 1 },
        ],
      });
      const share = shareRow(`${name}-gemm`, {
        work: flops(graph),
        ms: (rows[0] as BenchRow).ours,
        rate: await gemmRate(engine),
      });
      await engine.dispose();
      return [...rows, share];
    },
  };
}

/** One training step: forward, backward, clip, AdamW, EMA; PyTorch beside it, eager and compiled. */
export const trainSteps: readonly Bench[] = [
  trainStep("train-d128", sizes.d128, { atLeast: 1.3, repeats: 20 }),
  trainStep("train-d384", sizes.d384, { atLeast: 1.15, repeats: 10 }),
  trainStep("train-d768", sizes.d768, { atLeast: 1, repeats: 6 }),
];
