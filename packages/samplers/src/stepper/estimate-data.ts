import type { Interpolant } from "@gmem/spec";
import { array, evaluate, f32, type NDArray, type Shape, trace } from "@gmem/tensor";

/** E[x₀|x] [1,C,H,W] by v at x and t, on the host: for pictures on the way. */
export function estimateData(
  interpolant: Interpolant,
  { x, t, v }: { readonly x: Float32Array; readonly t: number; readonly v: Float32Array },
  shape: Shape,
): NDArray<"f32"> {
  const latent = f32(...shape);
  const graph = trace({ feeds: { x: latent, t: f32(1), v: latent } }, ({ feeds }) => ({
    fetches: {
      x0: interpolant.convert(feeds.v, { from: "velocity", to: "x0", x: feeds.x, t: feeds.t }),
    },
  }));
  const { fetches } = evaluate(graph, { x: array(x, shape), t: array([t]), v: array(v, shape) });
  return fetches.x0 as NDArray<"f32">;
}
