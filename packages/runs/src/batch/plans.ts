import { type Guidance, type PlannedStep, plan } from "@gmem/samplers";
import type { VelocityModel } from "@gmem/spec";
import type { RunConfig } from "../config/schema.ts";
import { scheduleOf } from "../open/run-sampler.ts";

/** Steps of an order, and what they are guided by. */
export interface Plan {
  readonly steps: readonly PlannedStep[];
  readonly guidance: Guidance | undefined;
}

/** Plans that are kept: callers often ask for the same settings. */
const most = 64;

/** Plans of settings, the latest ones kept; undefined for solvers whose steps are not known beforehand or of another process. */
export function plansOf(
  model: VelocityModel,
): (settings: RunConfig["sampler"], strength: number) => Promise<Plan | undefined> {
  const kept = new Map<string, Promise<Plan | undefined>>();
  return (settings, strength) => {
    const key = JSON.stringify([settings, strength]);
    const ready = kept.get(key) ?? planned(model, settings, strength);
    kept.delete(key);
    kept.set(key, ready); // the latest is last
    ready.catch(() => kept.delete(key));
    const [oldest] = kept.keys();
    if (kept.size > most && oldest !== undefined) kept.delete(oldest);
    return ready;
  };
}

async function planned(
  model: VelocityModel,
  settings: RunConfig["sampler"],
  strength: number,
): Promise<Plan | undefined> {
  if (settings.solver === "ancestral" || settings.solver === "ddim") return undefined;
  const { solver, ...schedule } = await scheduleOf(settings, model);
  if ("adaptive" in solver) return undefined;
  return { steps: plan(solver, model, { ...schedule, strength }), guidance: schedule.guidance };
}
