import { onnxEngine } from "@gmem/engine-onnx";
import { objective } from "@gmem/model";
import { array, key, type Named, type NDArray } from "@gmem/tensor";
import { adamwDefaults, adamwScalars, initialState, stepGraph, velocityLearner } from "@gmem/trainer";
import { network, type Size, sizes } from "../network.ts";
import { alternate, timed } from "../pair.ts";
import { startPeer } from "../peer.ts";
import type { Bench } from "../row.ts";

function trainStep(
  name: string,
  size: Size,
  bars: { readonly atLeast: number; readonly memoryAtMost?: number; readonly repeats: number },
): Bench {
  return {
    name,
    async run({ repeats = bars.repeats }) {
      const peer = await startPeer("train_step", [JSON.stringify(size)], "torch");
      const engine = await onnxEngine({ threads: 2 });
      const model = network(size);
      const loss = objective({});
      const learner = velocityLearner({ model, objective: loss });
      const options = { learner, optimizer: adamwDefaults, n: size.batch, accumulate: 1 };
      const state = await engine.state(initialState(model, model.init(key(0)), { accumulates: false }));
      const step = await engine.compile(stepGraph(options), { state });
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
      const row = await alternate((i) => timed(() => step.run(feeds(i + 1))), { ...bars, name, peer, repeats });
      await engine.dispose();
      return [row];
    },
  };
}

/** One training step: forward, backward, clip, AdamW, EMA; eager PyTorch beside it. */
export const trainSteps: readonly Bench[] = [
  trainStep("train-d128", sizes.d128, { atLeast: 1.6, repeats: 20 }),
  trainStep("train-d384", sizes.d384, { atLeast: 1.3, repeats: 10 }),
  trainStep("train-d768", sizes.d768, { atLeast: 0.95, memoryAtMost: 1.35, repeats: 6 }),
];
