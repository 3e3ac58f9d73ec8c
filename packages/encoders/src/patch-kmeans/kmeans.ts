import { argMax, array, type Engine, f32, type NDArray, type Rng, takeRows, trace } from "@gmem/tensor";

export interface KmeansOptions {
  /** K. */
  readonly clusters: number;
  readonly steps: number;
  readonly engine: Engine;
  readonly rng: Rng;
  /** Called before each step; may throw to stop. */
  readonly onStep?: (step: number) => void;
}

const blockRows = 8192;

/**
 * Lloyd's algorithm on rows [n,P], begun at K of them: each step moves every centroid to the mean of the rows that are
 * nearest to it. A centroid that has no row goes to a random one.
 * @returns centroids [K,P].
 * @example
 * const centroids = await kmeans(key(0).normal([40, 2]), { clusters: 3, steps: 5, engine: referenceEngine(), rng: key(1) });
 */
export async function kmeans(rows: NDArray<"f32">, options: KmeansOptions): Promise<NDArray<"f32">> {
  const { clusters, steps, engine, rng, onStep } = options;
  const [n, p] = rows.shape as [number, number];
  const size = Math.min(blockRows, n);
  const graph = trace({ feeds: { x: f32(size, p), c: f32(clusters, p), half: f32(clusters) } }, ({ feeds }) => ({
    // argmin ‖x − c‖² = argmax x·c − ‖c‖²/2
    fetches: { nearest: argMax(feeds.x.matmul(feeds.c, { transposeB: true }).sub(feeds.half)) }, // [size]
  }));
  const executable = await engine.compile(graph);
  try {
    let c = takeRows(rows, rng.split("start").permutation(n).subarray(0, clusters));
    for (let step = 0; step < steps; step++) {
      onStep?.(step);
      const half = halfNorms(c);
      const sums = new Float64Array(clusters * p);
      const counts = new Uint32Array(clusters);
      for (let from = 0; from < n; from += size) {
        const start = Math.min(from, n - size); // the last block overlaps the one before
        const x = array(rows.data.subarray(start * p, (start + size) * p), [size, p]);
        const { nearest } = await executable.run({ x, c, half });
        for (let i = from - start; i < size; i++)
          accumulate((nearest as NDArray).data[i] as number, start + i, { sums, counts });
      }
      c = means({ sums, counts }, rng.split(step));
    }
    return c;
  } finally {
    await executable.dispose();
  }

  function accumulate(k: number, row: number, into: { sums: Float64Array; counts: Uint32Array }): void {
    into.counts[k] = (into.counts[k] as number) + 1;
    for (let j = 0, to = k * p, from = row * p; j < p; j++, to++, from++)
      into.sums[to] = (into.sums[to] as number) + (rows.data[from] as number);
  }

  function means({ sums, counts }: { sums: Float64Array; counts: Uint32Array }, own: Rng): NDArray<"f32"> {
    const data = new Float32Array(clusters * p);
    const spare = own.uniform([clusters]).data;
    for (let k = 0; k < clusters; k++) {
      const count = counts[k] as number;
      const row = Math.floor((spare[k] as number) * n);
      for (let j = 0; j < p; j++)
        data[k * p + j] = count > 0 ? (sums[k * p + j] as number) / count : (rows.data[row * p + j] as number);
    }
    return array(data, [clusters, p]);
  }
}

/** ‖c‖²/2 of each row, [K]. */
export function halfNorms(c: NDArray<"f32">): NDArray<"f32"> {
  const [k, p] = c.shape as [number, number];
  const half = new Float32Array(k);
  for (let i = 0; i < k; i++) {
    let sum = 0;
    for (let j = 0; j < p; j++) sum += (c.data[i * p + j] as number) ** 2;
    half[i] = sum / 2;
  }
  return array(half);
}
