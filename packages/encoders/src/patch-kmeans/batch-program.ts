import { type Engine, f32, type NDArray, sizeOf, type Tensor, trace } from "@gmem/tensor";

/** Images of one program call: small enough for the activations of all positions to stay near the cache. */
const batchSize = 16;

/** A function of image batches of any length, compiled once for an image size. */
export interface BatchProgram {
  /** [N,3,H,W] → [N,…]. */
  run(images: NDArray<"f32">, signal?: AbortSignal): Promise<NDArray<"f32">>;
  dispose(): Promise<void>;
}

/** Compiles `network` for blocks of 16 images; the last block of a run is filled up with zeros. */
export async function batchProgram(
  engine: Engine,
  size: { readonly height: number; readonly width: number },
  network: (x: Tensor) => Tensor,
): Promise<BatchProgram> {
  const { height, width } = size;
  const graph = trace({ feeds: { x: f32(batchSize, 3, height, width) } }, ({ feeds }) => ({
    fetches: { y: network(feeds.x) },
  }));
  const shape = (graph.fetches.y as Tensor).shape.slice(1);
  const dim = sizeOf(shape);
  const executable = await engine.compile(graph);
  const pixels = 3 * height * width;
  return {
    async run(images, signal) {
      const n = images.shape[0] as number;
      const out = new Float32Array(n * dim);
      for (let from = 0; from < n; from += batchSize) {
        const rows = Math.min(batchSize, n - from);
        const data = new Float32Array(batchSize * pixels);
        data.set(images.data.subarray(from * pixels, (from + rows) * pixels));
        const x: NDArray<"f32"> = { dtype: "f32", shape: [batchSize, 3, height, width], data };
        const { y } = await executable.run({ x }, signal ? { signal } : {});
        out.set((y as NDArray<"f32">).data.subarray(0, rows * dim), from * dim);
      }
      return { dtype: "f32", shape: [n, ...shape], data: out };
    },
    dispose: () => executable.dispose(),
  };
}
