import {
  concatRows,
  type Engine,
  type Executable,
  GMemError,
  type Named,
  type NDArray,
  ShapeError,
  takeRows,
  trace,
} from "@gmem/tensor";
import { type InceptionResize, inceptionFeatures, inceptionInput, inceptionLogits } from "./inception.ts";

export interface FidInceptionOptions {
  readonly engine: Engine;
  /** Tensors of `pt_inception-2015-12-05-6726825d.pth`. */
  readonly weights: Named<NDArray>;
  /** Default `tf1`, as the published numbers. */
  readonly resize?: InceptionResize;
  /** Images of one call of the engine; default 16. */
  readonly batchSize?: number;
}

/** What one pass gives for every metric of the evaluator. */
export interface FidFeatures {
  /** Features [N,2048] for FID, KID, precision and recall. */
  readonly pool: NDArray<"f32">;
  /** Features [N,2023], 7 × 17 × 17: for sFID. */
  readonly spatial: NDArray<"f32">;
  /** Logits [N,1008], without the bias: for the Inception score. */
  readonly logits: NDArray<"f32">;
}

/** FID's network on an engine. */
export interface FidInception {
  /** Names network and pre-processing; statistics of another id do not compare. */
  readonly id: string;
  /** @throws {ShapeError} for anything but images [N,3,H,W] in [0, 1]. */
  features(images: NDArray<"f32">): Promise<FidFeatures>;
  /** Frees what the engine holds. */
  dispose(): Promise<void>;
}

/** The tensors that {@link inceptionFeatures} and the Inception score read; `fc.bias` is not one of them. */
const used = /\.conv\.weight$|\.bn\.(weight|bias|running_mean|running_var)$|^fc\.weight$/;

/**
 * FID's Inception over any number of images: one pass gives the features of FID, sFID, KID, precision, recall and the
 * Inception score.
 * @throws {GMemError} from `features`: code `WEIGHTS` for a missing parameter.
 * @example
 * // no-run
 * const inception = await fidInception({ engine: await onnxEngine(), weights });
 * const { pool, logits } = await inception.features(images);
 * const distance = await frechetDistance(await featureStatistics(pool), reference);
 */
export async function fidInception(options: FidInceptionOptions): Promise<FidInception> {
  const { engine, weights, resize = "tf1", batchSize = 16 } = options;
  const state = await engine.state(Object.fromEntries(Object.entries(weights).filter(([name]) => used.test(name))));
  const programs = new Map<string, Promise<Executable>>();
  const compile = async ({ dtype, shape }: NDArray): Promise<Executable> => {
    const graph = trace({ feeds: { images: { dtype, shape } }, state: state.avals }, ({ feeds, state: p }) => {
      const { pool, spatial } = inceptionFeatures(p, inceptionInput(feeds.images, resize));
      const rows = spatial.reshape([shape[0] as number, -1]); // [N,2023]
      return { fetches: { pool, spatial: rows, logits: inceptionLogits(p, pool) } };
    });
    return engine.compile(graph, { state });
  };
  return {
    id: `inception-2015-12-05-${resize}`,
    async features(images) {
      const [n = 0] = images.shape;
      if (images.shape.length !== 4 || n === 0 || images.shape[1] !== 3)
        throw new ShapeError("fidInception.features", "needs images [N,3,H,W] in [0, 1]", [images.shape]);
      const blocks: FidFeatures[] = [];
      for (let from = 0; from < n; from += batchSize) {
        const rows = Int32Array.from({ length: Math.min(batchSize, n - from) }, (_, i) => from + i);
        const block = takeRows(images, rows);
        const key = block.shape.join();
        const program = programs.get(key) ?? compile(block);
        programs.set(key, program);
        program.catch(() => programs.delete(key));
        const { pool, spatial, logits } = (await (await program).run({ images: block })) as Named<NDArray<"f32">>;
        if (!pool || !spatial || !logits)
          throw new GMemError("ENGINE", `fidInception: "${engine.name}" must return pool, spatial and logits`);
        blocks.push({ pool, spatial, logits });
      }
      const joined = (of: keyof FidFeatures): NDArray<"f32"> => concatRows(blocks.map((block) => block[of]));
      return { pool: joined("pool"), spatial: joined("spatial"), logits: joined("logits") };
    },
    async dispose() {
      const compiled = await Promise.allSettled(programs.values());
      programs.clear();
      for (const program of compiled) if (program.status === "fulfilled") await program.value.dispose();
      await state.dispose();
    },
  };
}
