import { type Aval, checkFinite, GMemError, type Named, ShapeError, sameShape } from "@gmem/tensor";
import type { StepperRequest } from "./contract.ts";

interface Place {
  readonly slot: number;
  readonly slots: number;
  readonly isTaken: (slot: number) => boolean;
  readonly latent: Aval;
  /** Of the conditioner, for all slots. */
  readonly feeds: Named<Aval>;
}

/** Refuses a request that does not fit its slot or the model. */
export function checkRequest(request: StepperRequest, { slot, slots, isTaken, latent, feeds }: Place): void {
  const { noise, steps, nullSlot } = request;
  for (const one of nullSlot === undefined ? [slot] : [slot, nullSlot])
    if (!Number.isInteger(one) || one < 0 || one >= slots || isTaken(one) || (one === nullSlot && one === slot))
      throw new GMemError("CONFIG", `stepper: a slot must be free and one of 0…${slots - 1}, got ${one}; see free()`);
  if (steps.length === 0)
    throw new GMemError("CONFIG", "stepper: a request needs steps, got none; make them by plan()");
  const isGuided = steps.some(({ guided }) => guided.includes(true));
  if (isGuided && (nullSlot === undefined || !request.guidance))
    throw new GMemError(
      "CONFIG",
      "stepper: guided steps need guidance and a nullSlot, got a request without; give it what plan() was given, and a second slot",
    );
  const noisy = request.stepNoise ? undefined : steps.find(({ solver }) => solver.stochastic);
  if (noisy)
    throw new GMemError(
      "CONFIG",
      `stepper: "${noisy.solver.name}" adds noise in each step, got no stepNoise; pass it with the noise`,
    );
  const row = [1, ...latent.shape.slice(1)];
  if (!sameShape(noise.shape, row)) throw new ShapeError("stepper", `noise must be [${row}]`, [noise.shape]);
  for (const [name, { shape }] of Object.entries(feeds)) {
    const own = [1, ...shape.slice(1)];
    const given = request.feeds[name];
    if (!given || !sameShape(given.shape, own))
      throw new ShapeError("stepper", `the feed "${name}" must be [${own}]`, [given?.shape ?? []]);
  }
  checkFinite({ noise, ...request.feeds }, { where: "stepper", remedy: "check the request" });
}
