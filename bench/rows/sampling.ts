import { onnxEngine } from "@gmem/engine-onnx";
import { linearInterpolant } from "@gmem/model";
import { heunSde, sampler } from "@gmem/samplers";
import { key, type NDArray } from "@gmem/tensor";
import { network, sizes } from "../network.ts";
import { alternateAll } from "../pair.ts";
import { startPeer } from "../peer.ts";
import type { Bench } from "../row.ts";

const rivals = [
  { name: "sample-sde-heun-d384", atLeast: 2.5 },
  { name: "sample-sde-heun-d384-once", atLeast: 1.2 },
  { name: "sample-sde-heun-d384-compiled", atLeast: 1 },
];

/** Steps of Heun on the reverse SDE: one forward for each drift here, two in the official sampler. */
export const sampling: Bench = {
  name: "sample-sde-heun-d384",
  async run({ repeats = 8 }) {
    const size = sizes.d384;
    const shape = [size.batch, size.channels, size.side, size.side];
    const modes = ["twice", "eager", "compiled"] as const;
    const peers = await Promise.all(modes.map((mode) => startPeer("sampling", [JSON.stringify(size), mode])));
    const engine = await onnxEngine({ threads: 2 });
    const model = network(size);
    const steps = repeats + 2; // one to warm up, one that the solver ends with
    const ready = await sampler({
      engine,
      model,
      parameters: model.init(key(0)),
      batchSize: size.batch,
      solver: heunSde({ interpolant: linearInterpolant, form: "linear" }),
      steps,
      range: [1, 0.04],
      lastStep: "none",
    });
    const noise = key(1).normal(shape);
    const feeds = await model.conditioner.resolve(noise, model.conditioner.parse(undefined));
    const stepNoise = (index: number): NDArray<"f32"> => key(2).split(index).normal(shape);
    const run = ready.steps({ noise, feeds, stepNoise })[Symbol.asyncIterator]();
    const at = (i: number): number => 1 - (0.96 * i) / steps;
    const rows = await alternateAll(
      async () => {
        const start = performance.now();
        await run.next();
        return performance.now() - start;
      },
      {
        rivals: peers.map((peer, i) => ({ peer, ...(rivals[i] as (typeof rivals)[number]) })),
        repeats,
        per: size.batch,
        unit: "ms per image and step",
        request: (i) => ({ t: at(i), tNext: at(i + 1) }),
      },
    );
    await ready.dispose();
    await engine.dispose();
    return rows;
  },
};
