import {
  type Aval,
  array,
  f32,
  less,
  maximum,
  minimum,
  type Named,
  type NDArray,
  scalar,
  type Tensor,
  where,
} from "@gmem/tensor";

/** Names in the state of a run whose products are in float16. */
export const lossScaling = { scale: "loss_scaling/scale", since: "loss_scaling/steps_since" } as const;

/** Steps without an overflow after which the scale doubles. */
const patience = 2000;
const largest = 2 ** 24;

export const scalingAvals = (): Named<Aval> => ({ [lossScaling.scale]: f32(), [lossScaling.since]: f32() });

/** The loss is multiplied by 65,536 at first, so that gradients are none of those numbers that float16 makes zero. */
export const initialScaling = (): Named<NDArray> => ({
  [lossScaling.scale]: array([2 ** 16], []),
  [lossScaling.since]: array([0], []),
});

/**
 * The scale of the next step: half after one whose gradients were not finite, twice after 2,000 that were, between 1 and 2²⁴
 * (Micikevicius et al. 2018, §3.2).
 */
export function nextScaling(state: Named<Tensor>, finite: Tensor): Named<Tensor> {
  const [scale, since] = [state[lossScaling.scale] as Tensor, state[lossScaling.since] as Tensor];
  const longer = since.add(1);
  const isShort = less(longer, patience);
  const grown = where(isShort, scale, minimum(scale.mul(2), largest));
  return {
    [lossScaling.scale]: where(finite, grown, maximum(scale.mul(0.5), 1)),
    [lossScaling.since]: where(finite, where(isShort, longer, scalar(0)), scalar(0)),
  };
}
