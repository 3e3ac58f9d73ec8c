import { selectRows } from "@gmem/datasets";
import { heldOutLoss } from "@gmem/metrics";
import { type DeviceState, isGMemError, type Named } from "@gmem/tensor";
import type { RunConfig } from "../config/schema.ts";
import { plainObjective } from "../open/open-model.ts";
import { comparesSnippets } from "../parts/conditioner.ts";
import { pairsLoss } from "./held-out-pairs.ts";
import type { PreparedRun } from "./prepared-run.ts";
import { evenly } from "./preview-rows.ts";

/** What checkpoints of pictures are compared by. Below t = 0.5 the loss says little about what is in a picture. */
export const bestBy = "held-out loss, t ≥ 0.5";

const overAll = "held-out loss";

/** What the checkpoints of a run are compared by. */
export const bestMetric = ({ conditioner }: RunConfig): string => (comparesSnippets(conditioner) ? overAll : bestBy);

/** The held-out losses among what a run has measured. */
export const heldOutOf = (metrics: Named<number | null>): Named<number> =>
  Object.fromEntries(
    [overAll, bestBy].flatMap((name) => (typeof metrics[name] === "number" ? [[name, metrics[name]]] : [])),
  );

const seed = 20;
const mostRows = 256;
const times = 8;

/** All rows, or some evenly spaced: a folder's first rows would be of its first classes alone. */
export const measuredRows = (length: number): Int32Array => evenly(length, Math.min(length, mostRows));

/**
 * The loss on images that training never sees, with fixed noise, so that values of one run and of several compare; no values
 * where it is not finite, so that a network that overflows is saved and goes on.
 */
export async function evaluateHeldOut(prepared: PreparedRun, state: DeviceState): Promise<Named<number>> {
  const { engine, model, config, heldOut } = prepared;
  const set = selectRows(heldOut, measuredRows(heldOut.length));
  if (comparesSnippets(config.conditioner)) {
    const loss = await pairsLoss(prepared, { set, state });
    return loss === undefined ? {} : { [overAll]: loss };
  }
  const found = await heldOutLoss({
    engine,
    model,
    parameters: state,
    set,
    objective: plainObjective(config),
    seed,
    times,
  }).catch((error: unknown) => {
    if (!isGMemError(error, "NON_FINITE")) throw error;
  });
  return found ? { [overAll]: found.all.mean, [bestBy]: found.noisy.mean } : {};
}
