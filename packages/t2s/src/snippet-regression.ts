import type { Objective } from "@gmem/spec";
import { checkOptions, GMemError, maximum, neg, type OptionTable, sum, sumSquare } from "@gmem/tensor";
import { drawTargets, pairs, targetFeeds } from "./targets.ts";

export interface SnippetRegressionOptions {
  /** λ, the share of the squared distance; default 0: between unit rows it says what the cosine says. */
  readonly lambda?: number;
}

const table: OptionTable<SnippetRegressionOptions> = { lambda: "optional" };

/**
 * The warm start of an adapter from text to snippets: L = 1 − cos(ŝ, s) + λ‖ŝ − s‖², s the snippet of the image that the text
 * is of. A step reads neither latents nor the backbone; rows with the null text count for nothing.
 * @throws {GMemError} code `CONFIG` for a negative λ.
 * @example
 * // no-run
 * import type { Batch, VelocityModel } from "@gmem/spec";
 * declare const [model, batch, rng]: [VelocityModel, Batch, Rng];
 * const regression = snippetRegression();
 * const feeds = { ...regression.draw(model, batch, rng), ...(await model.conditioner.batch(batch, rng)) };
 */
export function snippetRegression(options: SnippetRegressionOptions = {}): Objective {
  checkOptions("snippetRegression", options, table);
  const { lambda = 0 } = options;
  if (!(lambda >= 0 && Number.isFinite(lambda)))
    throw new GMemError("CONFIG", `snippetRegression: lambda must not be negative, got ${lambda}`);
  return {
    options: { kind: "snippet-regression", lambda },
    feeds: targetFeeds,
    draw: (model, batch) => drawTargets(model, batch, "snippetRegression"),
    loss(model, p, feeds) {
      const { predicted, target, said } = pairs(model, p, feeds);
      const cosine = neg(sum(predicted.mul(target), { axes: [-1] })).add(1); // [N]  1 − cos, both rows being unit
      const distance = sumSquare(predicted.sub(target), { axes: [-1] }); // [N]
      const perSample = said.mul(lambda === 0 ? cosine : cosine.add(distance.mul(lambda))); // [N]
      const count = maximum(sum(said), 1); // []
      const loss = sum(perSample).div(count); // []
      return { loss, parts: { cosine: sum(said.mul(cosine)).div(count) }, perSample };
    },
  };
}
