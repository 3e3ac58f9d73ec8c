import { type LpipsNet, lpips, lpipsNames } from "@gmem/metrics";
import { checkFinite, constant, mapNamed, type Tensor } from "@gmem/tensor";
import { locatedWeights } from "../parts/located-weights.ts";
import type { WorkOptions } from "../progress.ts";

/** LPIPS of images and reconstructions, with the weights that a setting names as constants. */
export async function perceptualDistance(
  { net, weights }: { readonly net: LpipsNet; readonly weights: string | null },
  options: WorkOptions,
): Promise<(x: Tensor, y: Tensor) => Tensor> {
  const where = "loss.perceptual.weights";
  const parameters = lpipsNames(await locatedWeights(where, weights, { ...options, what: `LPIPS (${net})` }), net);
  checkFinite(parameters, { where, remedy: "fetch the weights again" });
  return (x, y) => lpips(mapNamed(parameters, constant), x, { other: y, net }).distance;
}
