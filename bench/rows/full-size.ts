import { mkdtemp, open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onnxEngine } from "@gmem/engine-onnx";
import { type Engine, type Executable, flops, type NDArray, trace } from "@gmem/tensor";
import { readSafetensors, writeSafetensors } from "@gmem/weights";
import { type FullSize, fullSizes } from "../full-size/networks.ts";
import { writeWeights } from "../full-size/weights-file.ts";
import { alternateAll, timed } from "../pair.ts";
import { type Peer, startPeer } from "../peer.ts";
import type { Bench, BenchRow } from "../row.ts";

/** Largest difference to the peer, over the largest magnitude of its result. */
const tolerance = 1e-3;
/** Loading may take so many times as long as reading the file. */
const loadAtMost = 1.5;

/** Networks of the published sizes with random weights: a file like the official one, one forward, PyTorch on the same. */
export const fullSizeForwards: readonly Bench[] = fullSizes.map((network) => ({
  name: network.name,
  large: network.large ?? false,
  run: async ({ repeats = 5 }) => {
    const folder = await mkdtemp(join(tmpdir(), "gmem-full-size-"));
    try {
      return await forward(network, { folder, repeats });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
}));

async function forward(
  network: FullSize,
  { folder, repeats }: { folder: string; repeats: number },
): Promise<readonly BenchRow[]> {
  const { name, feeds, program, atLeast } = network;
  const [weights, inputs, result] = ["weights", "feeds", "result"].map((file) => join(folder, file)) as [
    string,
    string,
    string,
  ];
  await writeWeights(weights, network.parameters());
  await writeSafetensors(inputs, feeds);
  const readMs = await timed(() => readWhole(weights));
  const engine = await onnxEngine({ threads: 2 });
  const { run, loadMs, compileMs, work } = await ready(engine, weights, { feeds, program });
  const modes = network.besideOne ? ["eager"] : ["eager", "compiled"];
  const [eager, compiled] = (await Promise.all(
    modes.map((mode) => startPeer("full_size", [name, weights, inputs, mode])),
  )) as [Peer, Peer?];
  let y: NDArray | undefined;
  const [row, ...beside] = (await alternateAll(
    async () => {
      const start = performance.now();
      ({ y } = await run.run(feeds));
      return performance.now() - start;
    },
    {
      rivals: [
        { name, peer: eager, atLeast },
        ...(compiled ? [{ name: `${name}-compiled`, peer: compiled, atLeast: 1 }] : []),
      ],
      repeats,
      request: (i) => (i === 0 ? { save: result } : {}),
    },
  )) as [BenchRow, ...BenchRow[]];
  await engine.dispose();
  const difference = row.ok === null ? null : largestDifference(y as NDArray, await readFile(result));
  const isEqual = difference === null || difference <= tolerance;
  const gflops = (ms: number): string => (work / 1e6 / ms).toFixed(0);
  const speeds = [gflops(row.ours), ...(row.peer === null ? [] : [gflops(row.peer)])].join(" / ");
  const own = {
    ...row,
    bar: `${row.bar}, equal to ${tolerance}, loading <= ${loadAtMost}x reading`,
    ok: row.ok === null ? null : row.ok && isEqual && loadMs <= loadAtMost * readMs,
    note: [
      `${(work / 1e9).toFixed(0)} GFLOP, ${speeds} GFLOP/s`,
      `loading ${loadMs.toFixed(0)} ms, reading ${readMs.toFixed(0)} ms, compiling ${compileMs.toFixed(0)} ms`,
      ...(difference === null ? [] : [`difference ${difference.toExponential(1)}`]),
      row.note,
    ].join("; "),
  };
  return [own, ...beside];
}

/** The file's tensors on the engine, and the program. */
async function ready(
  engine: Engine,
  path: string,
  { feeds, program }: Pick<FullSize, "feeds" | "program">,
): Promise<{ run: Executable; loadMs: number; compileMs: number; work: number }> {
  const start = performance.now();
  const { tensors } = await readSafetensors(path);
  const state = await engine.state(tensors, { transfer: true, fixed: Object.keys(tensors) });
  const loadMs = performance.now() - start;
  const graph = trace({ feeds, state: state.avals }, (at) => ({ fetches: { y: program(at.state, at.feeds) } }));
  const compiling = performance.now();
  const run = await engine.compile(graph, { state });
  return { run, loadMs, compileMs: performance.now() - compiling, work: flops(graph) };
}

/** All bytes of a file into memory. */
async function readWhole(path: string): Promise<void> {
  const file = await open(path);
  const { size } = await file.stat();
  for (let at = 0; at < size; at += 2 ** 30) {
    const bytes = new Uint8Array(Math.min(2 ** 30, size - at));
    for (let done = 0; done < bytes.length; ) done += (await file.read(bytes, done)).bytesRead;
  }
  await file.close();
}

function largestDifference(y: NDArray, bytes: Buffer): number {
  const other = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  let [most, scale] = [other.length === y.data.length ? 0 : Number.POSITIVE_INFINITY, 0];
  for (const [i, value] of other.entries()) {
    const difference = Math.abs((y.data[i] as number) - value);
    if (!(difference <= most)) most = difference;
    scale = Math.max(scale, Math.abs(value));
  }
  return most / scale;
}
