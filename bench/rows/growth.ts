import { onnxEngine } from "@gmem/engine-onnx";
import { compiledStep } from "../compiled-step.ts";
import { type Size, sizes } from "../network.ts";
import { timed } from "../pair.ts";
import { type Bench, type BenchRow, median, round, unasked } from "../row.ts";

/** A step of d128 L6 T64 B16, and what it costs as one of its four lengths grows; 4,096 tokens take one sample at a time. */
const base: Size = { ...sizes.d128, batch: 16 };
const grown: Readonly<Record<string, readonly Size[]>> = {
  tokens: [16, 32, 64, 128].map((side) => ({ ...base, side, batch: 1 })),
  width: [64, 128, 256, 512, 1024].map((d) => ({ ...base, d, heads: d / 32 })),
  depth: [2, 6, 12, 24].map((depth) => ({ ...base, depth })),
  batch: [1, 4, 16, 64, 256].map((batch) => ({ ...base, batch })),
};

const lengthOf: Readonly<Record<string, (size: Size) => number>> = {
  tokens: ({ side, patch }) => (side / patch) ** 2,
  width: ({ d }) => d,
  depth: ({ depth }) => depth,
  batch: ({ batch }) => batch,
};

function grownStep(name: string, size: Size): Bench {
  return {
    name,
    async run({ repeats = 5 }) {
      const engine = await onnxEngine({ threads: 2 });
      const step = await compiledStep(engine, size);
      const times: number[] = [];
      for (let i = 0; i <= repeats; i++) times.push(await timed(() => step.run(i + 1)));
      await engine.dispose();
      return [rowOf(name, times.slice(1), step.work)];
    },
  };
}

/** Where GFLOP/s stay, time grows as the work does. */
function rowOf(name: string, times: readonly number[], work: number): BenchRow {
  const note = `${round(work / 1e9)} GFLOP, ${(work / 1e6 / median(times)).toFixed(0)} GFLOP/s`;
  return { ...unasked(name, times), note };
}

/** Time and memory of a train step against tokens, width, depth and batch. */
export const growths: readonly Bench[] = Object.entries(grown).flatMap(([axis, all]) =>
  all.map((size) => grownStep(`growth-${axis}-${lengthOf[axis]?.(size)}`, size)),
);
