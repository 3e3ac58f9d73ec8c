import type { TrainingSet } from "@gmem/spec";
import { checkFinite, type DeviceState, isGMemError, key, type NDArray, trace } from "@gmem/tensor";
import type { PreparedRun } from "./prepared-run.ts";

/** The loss of texts against snippets on held-out rows [], each by its first caption; undefined where it is not finite. */
export async function pairsLoss(
  { engine, model, objective }: Pick<PreparedRun, "engine" | "model" | "objective">,
  { set, state }: { readonly set: TrainingSet; readonly state: DeviceState },
): Promise<number | undefined> {
  const rng = key(0);
  const batch = await set.batch(Int32Array.from({ length: set.length }, (_, i) => i));
  const feeds = { ...(await objective.draw(model, batch, rng)), ...(await model.conditioner.batch(batch, rng)) };
  const n = set.length;
  const avals = Object.fromEntries(Object.entries(model.avals()).filter(([name]) => name.startsWith("t2s.")));
  const graph = trace(
    { feeds: { ...objective.feeds(model, n), ...model.conditioner.feeds(n) }, state: avals },
    ({ feeds: given, state: p }) => ({ fetches: { loss: objective.loss(model, p, given).loss } }),
  );
  const measure = await engine.compile(graph, { state });
  try {
    const { loss } = (await measure.run(feeds)) as { readonly loss: NDArray };
    checkFinite({ loss }, { where: "held-out loss" });
    return loss.data[0];
  } catch (error) {
    if (!isGMemError(error, "NON_FINITE")) throw error;
    return undefined;
  } finally {
    await measure.dispose();
  }
}
