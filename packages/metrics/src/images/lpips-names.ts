import type { Named } from "@gmem/tensor";
import { mapNames } from "@gmem/weights";
import type { LpipsNet } from "./lpips-trunk.ts";

/** First layer of torchvision's `features` in each slice. */
const firstLayers: Readonly<Record<LpipsNet, readonly number[]>> = {
  alex: [0, 2, 5, 8, 10],
  vgg: [0, 4, 9, 16, 23],
  squeeze: [0, 2, 5, 8, 10, 11, 12],
};

/**
 * Parameters of {@link lpips} from a network as torchvision names it (`features.0.weight` …) and the published shares
 * (`lin0.model.1.weight` …): one set of names of the module `lpips.LPIPS`, whose own names stay as they are. A
 * classifier is left out.
 * @throws {GMemError} code `WEIGHTS` if two tensors would get one name.
 * @example
 * const tensors = { "features.3.weight": f32(8, 6, 5, 5), "lin0.model.1.weight": f32(1, 6, 1, 1) };
 * Object.keys(lpipsNames(tensors, "alex")); // net.slice2.3.weight, lin0.model.1.weight
 */
export function lpipsNames<T>(tensors: Named<T>, net: LpipsNet): Named<T> {
  const firsts = firstLayers[net];
  const sliceOf = (layer: number): number => firsts.filter((first) => first <= layer).length;
  const layers = Array.from({ length: 32 }, (_, layer) => layer);
  return mapNames(tensors, [
    ...layers.map((layer) => [new RegExp(`^features\\.${layer}\\.`), `net.slice${sliceOf(layer)}.${layer}.`] as const),
    [/^classifier\./, null],
    [/^lins\./, null], // the same shares a second time, as the module's list
  ]);
}
