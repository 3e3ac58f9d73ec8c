import { beginning, type StepperRequest } from "@gmem/samplers";
import type { VelocityModel } from "@gmem/spec";
import { checkFinite, concatRows, key, mapNamed, takeRows } from "@gmem/tensor";
import type { DrawOrder } from "./contract.ts";
import type { Plan } from "./plans.ts";

/**
 * The requests of an order to a stepper, one for each picture. Noise is keyed as in `drawSamples`: picture i of a seed is the
 * same here and there. With a strength of 0 there are no steps, and `noise` is what the picture is.
 */
export async function picturesOf(
  model: VelocityModel,
  order: DrawOrder,
  { steps, guidance }: Plan,
): Promise<readonly StepperRequest[]> {
  const { count, seed, firstId = 0, request, start } = order;
  const shape = [1, ...model.backbone.latent];
  const own = (i: number) => key(seed).split(firstId + i);
  const noises = Array.from({ length: count }, (_, i) => own(i).split("noise").normal(shape));
  const feeds = await model.conditioner.resolve(concatRows(noises), request);
  checkFinite(feeds, { where: "draw", remedy: "check the request" });
  return noises.map((noise, i) => ({
    ...(start ? beginning(model, start, { noise, i, count, t: steps[0]?.t }) : { noise }),
    feeds: mapNamed(feeds, (value) => (value.shape[0] === count ? takeRows(value, [i]) : value)),
    steps,
    guidance,
    stepNoise: (step) => own(i).split("step").split(step).normal(shape),
  }));
}
