import type { Interpolant } from "@gmem/spec";
import { array, evaluate, f32, type NDArray, ShapeError, sameShape, trace } from "@gmem/tensor";

/**
 * x_t = α_t·x₀ + σ_t·ε on the host (eq. 5): where a picture is on its way at a time.
 * @throws {ShapeError} for data and noise of two shapes.
 * @example
 * // no-run
 * declare const { model }: SamplerOptions;
 * declare const { noise }: SamplerInput;
 * const half = noisedAt(model.interpolant, { x0: zeros(noise.shape), noise, t: 0.5 });
 */
export function noisedAt(
  interpolant: Interpolant,
  { x0, noise, t }: { readonly x0: NDArray<"f32">; readonly noise: NDArray<"f32">; readonly t: number },
): NDArray<"f32"> {
  if (!sameShape(x0.shape, noise.shape))
    throw new ShapeError("noisedAt", "data and noise must have one shape", [x0.shape, noise.shape]);
  const graph = trace({ feeds: { t: f32(1) } }, ({ feeds }) => {
    const { alpha, sigma } = interpolant.at(feeds.t);
    return { fetches: { alpha, sigma } };
  });
  const { fetches } = evaluate(graph, { t: array([t]) });
  const [alpha, sigma] = [fetches.alpha?.data[0] as number, fetches.sigma?.data[0] as number];
  return array(
    x0.data.map((value, i) => alpha * value + sigma * (noise.data[i] as number)),
    x0.shape,
  );
}
