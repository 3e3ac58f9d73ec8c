import { type Guidance, type PlannedStep, plan } from "@gmem/samplers";
import type { VelocityModel } from "@gmem/spec";
import { GMemError } from "@gmem/tensor";
import type { RunConfig } from "../config/schema.ts";
import { scheduleOf } from "../open/run-sampler.ts";

/** Steps of an order, and what they are guided by. */
export interface Plan {
  readonly steps: readonly PlannedStep[];
  readonly guidance: Guidance | undefined;
}

/** Plans that are kept: callers often ask for the same settings. */
const most = 64;

/** Plans of settings, the latest ones kept. */
export function plansOf(model: VelocityModel): (settings: RunConfig["sampler"], strength: number) => Promise<Plan> {
  const kept = new Map<string, Promise<Plan>>();
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

async function planned(model: VelocityModel, settings: RunConfig["sampler"], strength: number): Promise<Plan> {
  const { solver, ...schedule } = await scheduleOf(settings, model);
  if ("adaptive" in solver)
    throw new GMemError(
      "CONFIG",
      `draw: sampler.solver must have steps that are known beforehand, got ${solver.name}; use heun or euler`,
    );
  return { steps: plan(solver, model, { ...schedule, strength }), guidance: schedule.guidance };
}
