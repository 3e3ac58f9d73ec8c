import type { Objective } from "@gmem/spec";
import { checkOptions, exp, GMemError, log, max, maximum, type OptionTable, sum, type Tensor } from "@gmem/tensor";
import { drawTargets, pairs, targetFeeds } from "./targets.ts";

export interface ContrastiveOptions {
  /** τ; default 0.07. */
  readonly temperature?: number;
}

const table: OptionTable<ContrastiveOptions> = { temperature: "optional" };

/**
 * InfoNCE between texts and images of a batch: with z_ij = ŝ_i·s_j/τ, half of the cross entropy of each row against its own
 * column and half of each column against its own row. A step reads neither latents nor the backbone; rows with the null text
 * are in no sum.
 * @throws {GMemError} code `CONFIG` for a temperature that is not positive.
 * @example
 * contrastive({ temperature: 0.07 }).options; // { kind: "contrastive", temperature: 0.07 }
 */
export function contrastive(options: ContrastiveOptions = {}): Objective {
  checkOptions("contrastive", options, table);
  const { temperature = 0.07 } = options;
  if (!(temperature > 0 && Number.isFinite(temperature)))
    throw new GMemError("CONFIG", `contrastive: temperature must be positive, got ${temperature}`);
  return {
    options: { kind: "contrastive", temperature },
    feeds: targetFeeds,
    draw: (model, batch) => drawTargets(model, batch, "contrastive"),
    loss(model, p, feeds) {
      const { predicted, target, said } = pairs(model, p, feeds);
      const n = predicted.shape[0] as number;
      const own = sum(predicted.mul(target), { axes: [-1] }).mul(1 / temperature); // [N]  z_ii
      const scores = predicted.matmul(target, { transposeB: true }).mul(1 / temperature); // [N,N]
      const among = said.reshape([n, 1]).mul(said.reshape([1, n])); // [N,N]  1 between rows with a text
      const byText = logSumExp(scores, { axis: 1, among }).sub(own); // [N]
      const byImage = logSumExp(scores, { axis: 0, among }).sub(own); // [N]
      const perSample = said.mul(byText.add(byImage).mul(0.5)); // [N]
      const loss = sum(perSample).div(maximum(sum(said), 1)); // []
      return { loss, parts: { contrastive: loss }, perSample };
    },
  };
}

/** log Σ exp(z) over an axis of [N,N], of the entries with 1 in `among`; 0 where there are none. */
function logSumExp(z: Tensor, { axis, among }: { readonly axis: 0 | 1; readonly among: Tensor }): Tensor {
  const top = max(z, { axes: [axis], keepDims: true }); // of all entries: it cancels out
  const total = sum(exp(z.sub(top)).mul(among), { axes: [axis] }); // [N]
  return log(maximum(total, 1e-30)).add(top.reshape(total.shape));
}
