import type { Aval, Named, NDArray, Rng, Tensor } from "@gmem/tensor";
import type { Params } from "./backbone.ts";
import type { Batch } from "./dataset.ts";
import type { VelocityModel } from "./model.ts";

/** What is minimised: the feeds it needs, how they are drawn, and the loss as traced code. */
export interface Objective {
  /** What it was made with. Their JSON stands in checkpoints, and a resumed run must have the same. */
  readonly options: Readonly<Record<string, unknown>>;
  /** What `loss` takes besides the conditioner's feeds: x0 [N,C,H,W] and what else is drawn for a batch of n. */
  feeds(model: VelocityModel, n: number): Named<Aval>;
  /**
   * Draws the feeds of a batch. Sample i uses `rng.split(i)` alone. The conditioner's feeds are not among them.
   * @throws GMemError code `DATA` if the batch lacks something, such as the targets of REPA.
   */
  draw(model: VelocityModel, batch: Batch, rng: Rng): Named<NDArray>;
  /** loss [], its parts by name [], and the loss of each sample [N]. */
  loss(
    model: VelocityModel,
    p: Params,
    feeds: Named<Tensor>,
  ): { readonly loss: Tensor; readonly parts: Named<Tensor>; readonly perSample: Tensor };
}
