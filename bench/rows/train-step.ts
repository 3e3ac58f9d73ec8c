import { onnxEngine } from "@gmem/engine-onnx";
import { compiledStep } from "../compiled-step.ts";
import { gemmRate, shareRow } from "../gemm.ts";
import { type Size, sizes } from "../network.ts";
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
      const step = await compiledStep(engine, size);
      const rows = await alternateAll((i) => timed(() => step.run(i + 1)), {
        repeats,
        rivals: [
          { name, peer: eager, atLeast, memoryAtMost: 1.1 },
          { name: `${name}-compiled`, peer: compiled, atLeast: 1 },
        ],
      });
      const share = shareRow(`${name}-gemm`, {
        work: step.work,
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
