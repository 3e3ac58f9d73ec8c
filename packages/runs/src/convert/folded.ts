import { linearAdapterNames } from "@gmem/model";
import type { Named, NDArray } from "@gmem/tensor";
import { vectorName } from "@gmem/unconditional";
import type { RunConfig } from "../config/schema.ts";
import { takesSnippets } from "../parts/conditioner.ts";

/** The bias that is added to every time embedding. */
export const timeBias = "t_embedder.mlp.2.bias";

type Settings = Pick<RunConfig, "conditioner" | "adapter">;

/** Factors that the original code does not have, by the weight that they become part of, with their keys. */
export const gainsOf = ({ conditioner, adapter }: Settings): readonly { weight: string; key: string; gain: number }[] =>
  [
    { weight: linearAdapterNames.weight, key: "adapter.gain", gain: takesSnippets(conditioner) ? adapter.gain : 1 },
    { weight: t2sWeight, key: "conditioner.gain", gain: conditioner.kind === "t2s" ? conditioner.gain : 1 },
  ].filter(({ gain }) => gain !== 1);

/**
 * Parameters of a run as those of the original code, which has neither gains nor an embedding of no condition:
 * W(gain·s) + b = (gain·W)s + b, and (W₂h + b₂) + v = W₂h + (b₂ + v) for the time embedding that v is added to.
 */
export function folded(tensors: Named<NDArray>, settings: Settings): Named<NDArray> {
  const { [vectorName]: vector, ...others } = tensors;
  const bias = tensors[timeBias];
  const result: Record<string, NDArray> = { ...others, ...(vector && bias && { [timeBias]: sum(bias, vector) }) };
  for (const { weight, gain } of gainsOf(settings)) {
    const found = result[weight];
    if (found) result[weight] = scaled(found, gain);
  }
  return result;
}

/** W₁ of the adapter from texts to snippets. */
const t2sWeight = "t2s.0.weight";

const scaled = (x: NDArray, by: number): NDArray =>
  ({ ...x, data: Float32Array.from(x.data, (value) => value * by) }) as NDArray<"f32">;

const sum = (x: NDArray, y: NDArray): NDArray =>
  ({ ...x, data: Float32Array.from(x.data, (value, i) => value + (y.data[i] as number)) }) as NDArray<"f32">;
