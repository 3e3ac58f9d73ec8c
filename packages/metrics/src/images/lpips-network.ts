import {
  checkFinite,
  type Engine,
  type Named,
  type NDArray,
  type RowNetwork,
  rowRunner,
  ShapeError,
  slice,
} from "@gmem/tensor";
import { pairShape } from "./image-pair.ts";
import { lpips } from "./lpips.ts";
import { lpipsNames } from "./lpips-names.ts";
import { type LpipsNet, smallestSide } from "./lpips-trunk.ts";
import { checkUnitImages } from "./pixel-range.ts";

export interface LpipsNetworkOptions {
  readonly engine: Engine;
  readonly net: LpipsNet;
  /** The published tensors, trunk and shares, under the names of the module or torchvision's. */
  readonly weights: Named<NDArray>;
  /** Pairs of one call of the engine; default 16. */
  readonly batchSize?: number;
}

/** LPIPS on an engine. */
export interface LpipsNetwork {
  /** Names version and network; distances of another id do not compare. */
  readonly id: string;
  /**
   * The distance of each pair of images [N,3,H,W] in [0, 1].
   * @throws {ShapeError} for unequal shapes, or a side below 31 pixels with `alex`, 16 with `vgg`, 17 with `squeeze`.
   * @throws {GMemError} code `DATA` for values outside [0, 1], `NON_FINITE`, `WEIGHTS` for a missing parameter.
   */
  distances(x: NDArray<"f32">, other: NDArray<"f32">): Promise<Float32Array>;
  /** Frees what the engine holds. */
  dispose(): Promise<void>;
}

/**
 * LPIPS of any number of pairs of images: {@link lpips} compiled once, on images that are looked at first.
 * @example
 * // no-run
 * const network = lpipsNetwork({ engine: await onnxEngine(), net: "alex", weights });
 * const distances = await network.distances(images, reconstructions); // one a pair
 */
export function lpipsNetwork(options: LpipsNetworkOptions): LpipsNetwork {
  const { engine, net, weights, batchSize = 16 } = options;
  const parameters = lpipsNames(weights, net);
  checkFinite(parameters, { where: "lpipsNetwork", remedy: "fetch the weights again" });
  const runner = rowRunner({ engine, batchSize, parameters });
  const network: RowNetwork<"distance"> = (p, pair) => {
    const [x, other] = [slice(pair, 1, [0, 3]), slice(pair, 1, [3, 6])]; // [N,3,H,W] each
    return { distance: lpips(p, x, { other, net }).distance };
  };
  return {
    id: `lpips-0.1-${net}`,
    async distances(x, other) {
      const [, channels] = pairShape(`lpips with ${net}`, [x, other], smallestSide[net]);
      if (channels !== 3) throw new ShapeError("lpips", "needs images [N,3,H,W]", [x.shape]);
      for (const images of [x, other]) checkUnitImages("lpips", images);
      return (await runner.run(sideBySide(x, other), { name: "distance", network })).distance.data;
    },
    dispose: () => runner.dispose(),
  };
}

/** Channels of both [N,3,H,W] in one [N,6,H,W]. */
function sideBySide(x: NDArray<"f32">, y: NDArray<"f32">): NDArray<"f32"> {
  const [n = 0, c = 0, ...rest] = x.shape;
  const size = x.data.length / n;
  const data = new Float32Array(2 * x.data.length);
  for (let i = 0; i < n; i++) {
    data.set(x.data.subarray(i * size, (i + 1) * size), 2 * i * size);
    data.set(y.data.subarray(i * size, (i + 1) * size), (2 * i + 1) * size);
  }
  return { dtype: "f32", shape: [n, 2 * c, ...rest], data };
}
