import { euler, plan, type Stepper, stepper } from "@gmem/samplers";
import { GMemError, key, mapNamed, takeRows } from "@gmem/tensor";
import type { Run } from "../open/open-run.ts";

/** What a number of slots was measured to give. */
export interface SlotTrial {
  readonly slots: number;
  /** Of one call of the network, the median, in milliseconds. */
  readonly step: number;
  /** Rows of the network a second, all slots taken. */
  readonly rows: number;
}

export interface ChooseSlotsOptions {
  /** Default 2, 4, 8 and 16, ascending. */
  readonly candidates?: readonly number[];
  /** What a call may take at most, in milliseconds, since a newcomer waits for one; default 200. */
  readonly longest?: number;
  /** Measured calls of each; default 5. */
  readonly repeats?: number;
  /** Of the conditioner; default none. */
  readonly request?: unknown;
}

/** Throughput that a smaller number of slots may lack: neighbours of the best differ by less from time to time. */
const tolerance = 0.05;

/**
 * Measures the network of a run at several numbers of slots, and chooses the fewest that give its best throughput, among those
 * whose calls are short enough; the fewest of all if none are. Longer ones than the first that is too long are not tried.
 * @throws {GMemError} code `CONFIG` without candidates.
 * @example
 * // no-run
 * const { slots, trials } = await chooseSlots(await openRun("runs/mine"));
 */
export async function chooseSlots(
  run: Pick<Run, "engine" | "model" | "state">,
  options: ChooseSlotsOptions = {},
): Promise<{ readonly slots: number; readonly trials: readonly SlotTrial[] }> {
  const { candidates = [2, 4, 8, 16], longest = 200, repeats = 5, request } = options;
  const [fewest] = candidates;
  if (fewest === undefined) throw new GMemError("CONFIG", "chooseSlots: needs candidates, got none");
  const trials: SlotTrial[] = [];
  for (const slots of candidates) {
    const { engine, model, state } = run;
    const ready = await stepper({ engine, model, state, slots });
    try {
      const step = await measured(run, ready, { repeats, request });
      trials.push({ slots, step, rows: (1000 * slots) / step });
      if (step > longest) break;
    } finally {
      await ready.dispose();
    }
  }
  const short = trials.filter(({ step }) => step <= longest);
  const best = Math.max(...short.map(({ rows }) => rows));
  const chosen = short.find(({ rows }) => rows >= (1 - tolerance) * best);
  return { slots: chosen?.slots ?? fewest, trials };
}

/** Milliseconds of a call with all slots taken: the median, after one to warm up. */
async function measured(
  { model }: Pick<Run, "model">,
  ready: Stepper,
  { repeats, request }: { readonly repeats: number; readonly request: unknown },
): Promise<number> {
  const { slots } = ready;
  const noise = key(0).normal([slots, ...model.backbone.latent]);
  const feeds = await model.conditioner.resolve(noise, request);
  const steps = plan(euler, model, { steps: repeats + 1 });
  for (let slot = 0; slot < slots; slot++) {
    const own = mapNamed(feeds, (value) => takeRows(value, [slot]));
    ready.join(slot, { noise: takeRows(noise, [slot]), feeds: own, steps });
  }
  const times: number[] = [];
  for (let call = 0; call <= repeats; call++) {
    const start = performance.now();
    await ready.step();
    if (call > 0) times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)] as number;
}
