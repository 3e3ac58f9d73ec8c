import { linearAdapterNames } from "@gmem/model";
import type { Named, NDArray } from "@gmem/tensor";
import { vectorName } from "@gmem/unconditional";
import type { RunConfig } from "../config/schema.ts";
import { takesSnippets } from "../parts/conditioner.ts";

/** The bias that is added to every time embedding. */
export const timeBias = "t_embedder.mlp.2.bias";

type Settings = Pick<RunConfig, "conditioner" | "adapter">;

/** The original code has no gain. */
export const hasGain = ({ conditioner, adapter }: Settings): boolean =>
  takesSnippets(conditioner) && adapter.gain !== 1;

/**
 * Parameters of a run as those of the original code, which has neither a gain nor an embedding of no condition:
 * W(gain·s) + b = (gain·W)s + b, and (W₂h + b₂) + v = W₂h + (b₂ + v) for the time embedding that v is added to.
 */
export function folded(tensors: Named<NDArray>, settings: Settings): Named<NDArray> {
  const { [linearAdapterNames.weight]: weight, [vectorName]: vector, ...others } = tensors;
  const bias = tensors[timeBias];
  return {
    ...others,
    ...(weight && { [linearAdapterNames.weight]: hasGain(settings) ? scaled(weight, settings.adapter.gain) : weight }),
    ...(vector && bias && { [timeBias]: sum(bias, vector) }),
  };
}

const scaled = (x: NDArray, by: number): NDArray =>
  ({ ...x, data: Float32Array.from(x.data, (value) => value * by) }) as NDArray<"f32">;

const sum = (x: NDArray, y: NDArray): NDArray =>
  ({ ...x, data: Float32Array.from(x.data, (value, i) => value + (y.data[i] as number)) }) as NDArray<"f32">;
