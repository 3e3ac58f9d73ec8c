import type { Solver } from "@gmem/spec";
import {
  array,
  checkFinite,
  checkOptions,
  type DeviceState,
  GMemError,
  type NDArray,
  type OptionTable,
} from "@gmem/tensor";
import type { PlannedStep } from "../plan.ts";
import { latentAval } from "../step-graph.ts";
import { checkRequest } from "./check-request.ts";
import type { SlotStep, Stepper, StepperOptions, StepperRequest } from "./contract.ts";
import { Course } from "./course.ts";
import { type CutStep, cutStep } from "./cut-step.ts";
import { dataEstimate } from "./estimate-data.ts";
import { guideRow } from "./guide-row.ts";
import { batchOf, type Row, rowOf } from "./rows.ts";
import { slotVelocity } from "./slot-velocity.ts";

const table: OptionTable<StepperOptions> = {
  engine: "required",
  model: "required",
  slots: "required",
  parameters: "optional",
  state: "optional",
};

/**
 * Compiles the network for a number of slots, which requests join and leave between evaluations of v: other solvers, steps,
 * guidance and conditions share one forward. Bits of a request depend on the number of slots alone, not on its neighbours, its
 * slot or when they come and go; slots that nobody has are padded. What solvers do between evaluations is computed on the host,
 * rounded as on a device; x is passed with each call.
 * @throws {GMemError} code `CONFIG` for a number of slots that is no positive integer or conditions that are not one row a
 * slot, `NON_FINITE` for such parameters.
 * @example
 * // no-run
 * declare const parts: Pick<StepperOptions, "engine" | "model"> & { state: DeviceState };
 * declare const { noise, feeds }: StepperRequest; // one row each
 * const ready = await stepper({ ...parts, slots: 8 });
 * ready.join(0, { noise, feeds, steps: plan(heun, parts.model, { steps: 20 }) });
 * while (ready.free().length < 8)
 *   for (const { index, x } of await ready.step()) {
 *     const latents = x; // [1,C,H,W] after so many steps
 *   }
 */
export async function stepper(options: StepperOptions): Promise<Stepper> {
  checkOptions("stepper", options, table);
  const { engine, model, slots, parameters } = options;
  if (!Number.isInteger(slots) || slots < 1)
    throw new GMemError("CONFIG", `stepper: slots must be a positive integer, got ${slots}`);
  if (parameters) checkFinite(parameters, { where: "stepper", remedy: "load other weights" });
  const latent = latentAval(model, slots);
  const feeds = model.conditioner.feeds(slots);
  for (const [name, { shape }] of Object.entries(feeds))
    if (shape[0] !== slots)
      throw new GMemError(
        "CONFIG",
        `stepper: conditions must be a row for each of ${slots} slots, got "${name}" [${shape}] from "${model.conditioner.name}"`,
      );
  const owned = parameters && (await engine.state(parameters, { fixed: Object.keys(parameters) }));
  const state = owned ?? (options.state as DeviceState);
  const network = await engine.compile(slotVelocity(model, slots), { state }).catch(async (error: unknown) => {
    await owned?.dispose();
    throw error;
  });
  const fill = batchOf(network.graph.feeds);
  const cuts = new WeakMap<Solver, CutStep>();
  const cut = ({ solver }: PlannedStep): CutStep => {
    const known = cuts.get(solver) ?? cutStep(solver, latentAval(model, 1));
    cuts.set(solver, known);
    return known;
  };
  let estimate: ReturnType<typeof dataEstimate> | undefined; // made when somebody looks
  /** By slot; a guided request has two. */
  const courses = new Map<number, Course>();
  let isBusy = false;

  const leave = (slot: number): void => {
    const course = courses.get(slot);
    for (const one of [course?.slot, course?.request.nullSlot]) if (one !== undefined) courses.delete(one);
  };

  function join(slot: number, request: StepperRequest): void {
    checkRequest(request, { slot, slots, isTaken: (one) => courses.has(one), latent, feeds });
    const course = new Course(slot, request, cut);
    for (const one of [slot, request.nullSlot]) if (one !== undefined) courses.set(one, course);
  }

  /** Evaluates v at the query of each course, and gives those that arrive at the end of a step. */
  async function evaluateAll(active: readonly Course[]): Promise<readonly Course[]> {
    const rows = new Map<number, Row>();
    for (const { slot, query, feeds: own, isGuided, request } of active) {
      const { x, t } = query;
      rows.set(slot, { ...own, x, t, isNull: 0 });
      if (isGuided) rows.set(request.nullSlot as number, { ...own, x, t, isNull: 1 });
    }
    const { v } = (await network.run(fill(rows))) as { readonly v: NDArray };
    return active.filter((course) => {
      const { slot, request, isGuided } = course;
      const given = rowOf(v, slot);
      const { guidance, nullSlot } = request;
      const guided = isGuided && guidance && nullSlot !== undefined;
      const depth = latent.shape[1] as number;
      return course.take(guided ? guideRow(given, rowOf(v, nullSlot), { guidance, depth }) : given);
    });
  }

  /** What is said of a course that arrived; one that has ended leaves. */
  function report(course: Course): SlotStep {
    const { slot, index, nfe, forwards, request, last } = course;
    const { shape } = request.noise;
    const x = array(course.x, shape);
    const isDone = index === request.steps.length;
    const error = nonFinite(x);
    if (isDone || error) leave(slot);
    const t = (request.steps[index - 1] as StepperRequest["steps"][number]).tNext;
    return {
      ...{ slot, index, steps: request.steps.length, t, nfe, forwards, x, isDone },
      x0() {
        estimate ??= dataEstimate(model.interpolant, shape);
        return estimate(last as NonNullable<typeof last>);
      },
      ...(error && { error }),
    };
  }

  return {
    slots,
    free: () => Array.from({ length: slots }, (_, slot) => slot).filter((slot) => !courses.has(slot)),
    join,
    async step() {
      if (isBusy) throw new GMemError("CONFIG", "stepper: one step at a time, got a second one; wait for the first");
      isBusy = true;
      try {
        const active = [...courses].flatMap(([slot, course]) => (slot === course.slot ? [course] : []));
        if (active.length === 0) return [];
        const arrived = await evaluateAll(active);
        return arrived.filter((course) => courses.get(course.slot) === course).map(report);
      } finally {
        isBusy = false;
      }
    },
    leave,
    async dispose() {
      courses.clear();
      await network.dispose();
      await owned?.dispose();
    },
  };
}

/** Why x cannot be gone on with. */
function nonFinite(latents: NDArray): GMemError | undefined {
  try {
    checkFinite({ latents }, { where: "sample", remedy: "take less guidance, more steps or other weights" });
    return undefined;
  } catch (error) {
    return error as GMemError;
  }
}
