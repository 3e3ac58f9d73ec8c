import { type Engine, key, sum, trace } from "@gmem/tensor";
import { timed } from "./pair.ts";
import { type BenchRow, peakMB, round } from "./row.ts";

/** GFLOP/s of the engine in a product of two matrices of 2,048 × 2,048, the best of six. */
export async function gemmRate(engine: Engine): Promise<number> {
  const side = 2048;
  const [a, b] = [key(11).normal([side, side]), key(12).normal([side, side])];
  const graph = trace({ feeds: {}, state: { a, b } }, ({ state }) => ({
    fetches: { y: sum(state.a.matmul(state.b)) },
  }));
  const state = await engine.state({ a, b });
  const run = await engine.compile(graph, { state });
  await run.run({});
  const times: number[] = [];
  for (let i = 0; i < 6; i++) times.push(await timed(() => run.run({})));
  await run.dispose();
  await state.dispose();
  return (2 * side ** 3) / 1e6 / Math.min(...times);
}

/** How much of that rate a program reaches. */
export function shareRow(
  name: string,
  { work, ms, rate }: { readonly work: number; readonly ms: number; readonly rate: number },
): BenchRow {
  const reached = work / 1e6 / ms;
  const share = (100 * reached) / rate;
  return {
    name,
    ours: round(share),
    peer: null,
    unit: "% of MatMul 2048³",
    ratio: null,
    spread: null,
    oursPeakMB: Math.round(peakMB()),
    peerPeakMB: null,
    bar: ">= 75 %",
    ok: share >= 75,
    note: `${reached.toFixed(0)} of ${rate.toFixed(0)} GFLOP/s`,
  };
}
