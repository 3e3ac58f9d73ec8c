import { param } from "@gmem/nn";
import {
  array,
  constant,
  mean,
  type Named,
  reciprocal,
  ShapeError,
  sqrt,
  sum,
  sumSquare,
  type Tensor,
} from "@gmem/tensor";
import { type LpipsNet, smallestSide, trunkFeatures } from "./lpips-trunk.ts";

/** A perceptual distance, and what each layer adds to it. */
export interface PerceptualDistance {
  /** [N]. */
  readonly distance: Tensor;
  /** [N] each; they sum to the distance. */
  readonly layers: readonly Tensor[];
}

/**
 * LPIPS 0.1 (Zhang et al. 2018) of images [N,3,H,W] in [0, 1]: 0 for equal ones, larger the less alike. It depends on the
 * resolution, papers compare at 256 × 256, and on the network: name it beside the number. A graph sees no values: images of
 * another range give a wrong number here, and an error from `lpipsNetwork`.
 * @param p Names of the published module: `net.slice1.0.weight` …, `lin0.model.1.weight` …; see {@link lpipsNames}.
 * @throws {ShapeError} for images of unequal shapes, or with a side below 31 pixels with `alex`, 16 with `vgg`, 17 with
 * `squeeze`. @throws {GMemError} code `WEIGHTS` for a missing parameter.
 * @example
 * // no-run
 * const graph = trace({ feeds: { a: f32(1, 3, 256, 256), b: f32(1, 3, 256, 256) }, state }, ({ feeds, state }) => ({
 *   fetches: { distance: lpips(state, feeds.a, { other: feeds.b, net: "alex" }).distance }, // [1]
 * }));
 */
export function lpips(p: Named<Tensor>, x: Tensor, options: { other: Tensor; net: LpipsNet }): PerceptualDistance {
  const { other, net } = options;
  if (x.rank !== 4 || x.shape[1] !== 3 || x.shape.some((length, i) => length !== other.shape[i]))
    throw new ShapeError("lpips", "needs two batches of images [N,3,H,W]", [x.shape, other.shape]);
  return featureDistance(p, lpipsFeatures(p, x, net), lpipsFeatures(p, other, net));
}

/**
 * The feature maps that {@link lpips} compares: of images [N,3,H,W] in [0, 1], [N,C,H',W'] after every slice of the network.
 * @throws {ShapeError} for a side that is too short, as {@link lpips}. @throws {GMemError} code `WEIGHTS` for a missing
 * parameter.
 * @example
 * // no-run
 * const [shallow, ...deeper] = lpipsFeatures(p, x, "vgg");
 */
export function lpipsFeatures(p: Named<Tensor>, x: Tensor, net: LpipsNet): readonly Tensor[] {
  const [, , height = 0, width = 0] = x.shape;
  if (x.rank !== 4 || Math.min(height, width) < smallestSide[net])
    throw new ShapeError("lpips", `${net} needs images [N,3,H,W] of at least ${smallestSide[net]} pixels a side`, [
      x.shape,
    ]);
  const shift = p["scaling_layer.shift"] ?? channels(-0.03, -0.088, -0.188); // [1,3,1,1]
  const scale = p["scaling_layer.scale"] ?? channels(0.458, 0.448, 0.45); // [1,3,1,1]
  const signed = x.mul(2).sub(1); // what the networks were trained on  [N,3,H,W]
  return trunkFeatures(p, net, signed.sub(shift).mul(reciprocal(scale)));
}

const channels = (...values: readonly number[]): Tensor => constant(array(values, [1, 3, 1, 1]));

/**
 * Σ_l mean_hw lin_l · (f̂ − ĝ)² of two lists of feature maps [N,C,H,W], f̂ = f/(‖f‖ + 10⁻¹⁰) over channels, with the trained
 * shares `lin0.model.1.weight` [1,C,1,1] ….
 * @throws {GMemError} code `WEIGHTS` for a missing parameter.
 * @example
 * trace({ feeds: { f: f32(2, 4, 3, 3), g: f32(2, 4, 3, 3), lin: f32(1, 4, 1, 1) } }, ({ feeds: { f, g, lin } }) => ({
 *   fetches: { distance: featureDistance({ "lin0.model.1.weight": lin }, [f], [g]).distance }, // [2]
 * }));
 */
export function featureDistance(p: Named<Tensor>, f: readonly Tensor[], g: readonly Tensor[]): PerceptualDistance {
  const layers = f.map((x, l) => {
    const difference = unit(x).sub(unit(g[l] as Tensor)); // [N,C,H,W]
    const weighted = difference.mul(difference).mul(param(p, `lin${l}.model.1.weight`)); // [N,C,H,W]
    return mean(sum(weighted, { axes: [1] }), { axes: [1, 2] }); // [N]
  });
  return { distance: layers.reduce((a, b) => a.add(b)), layers };
}

/** f/(‖f‖ + 10⁻¹⁰) over channels. */
const unit = (f: Tensor): Tensor => f.mul(reciprocal(sqrt(sumSquare(f, { axes: [1], keepDims: true })).add(1e-10)));
