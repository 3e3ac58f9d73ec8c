import { join } from "node:path";
import { onnxEngine } from "@gmem/engine-onnx";
import { kernelDistance, kernelSubsets, openDraws, precisionRecall } from "@gmem/metrics";
import { array, type Engine, type NDArray } from "@gmem/tensor";
import { features, inFolder, writeRaw } from "../features.ts";
import { alternate, timed } from "../pair.ts";
import { startPeer } from "../peer.ts";
import type { Bench } from "../row.ts";

const [rows, width, k] = [10_000, 2048, 5] as const;

interface Compared {
  readonly name: string;
  readonly script: string;
  readonly atLeast: number;
  run(real: NDArray<"f32">, fake: NDArray<"f32">, engine: Engine): Promise<unknown>;
}

/** A distance of two sets of 10,000 × 2,048 beside another program's. */
const beside = ({ name, script, atLeast, run }: Compared): Bench => ({
  name,
  async run({ repeats = 2 }) {
    return inFolder(async (folder) => {
      const all = features(2 * rows, width).data;
      const sides = [all.subarray(0, rows * width), all.subarray(rows * width)].map((part) =>
        array(part, [rows, width]),
      );
      const paths = ["real", "fake"].map((side) => join(folder, `${side}.f32`));
      for (const [i, path] of paths.entries()) await writeRaw(path, (sides[i] as NDArray<"f32">).data);
      const peer = await startPeer(script, [...paths, rows, width, k]);
      const engine = await onnxEngine({ threads: 2 });
      const [real, fake] = sides as [NDArray<"f32">, NDArray<"f32">];
      const row = await alternate(() => timed(() => run(real, fake, engine)), { name, peer, repeats, atLeast });
      await engine.dispose();
      return [row];
    });
  },
});

/** Precision, recall, density and coverage. */
export const precisionRecallRow: Bench = beside({
  name: "precision-recall",
  script: "neighbourhoods",
  atLeast: 3,
  run: (real, fake, engine) => precisionRecall(real, fake, { neighbours: k, inside: "<", engine }),
});

/** KID: 100 subsets of 1,000 rows a side. */
export const kernelRow: Bench = beside({
  name: "kid",
  script: "kernel",
  atLeast: 1,
  run: (real, fake, engine) => {
    const subsets = kernelSubsets(openDraws("numpy", 2020), { rows: [rows, rows], drawnFirst: "second" });
    return kernelDistance(real, fake, { subsets, engine });
  },
});
