import { noisedAt, type StepperRequest } from "@gmem/samplers";
import type { VelocityModel } from "@gmem/spec";
import { checkFinite, concatRows, key, mapNamed, type NDArray, ShapeError, sameShape, takeRows } from "@gmem/tensor";
import type { DrawOrder } from "./contract.ts";
import { keptPart, latentMask, rowFor } from "./kept-part.ts";
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
  const { count, seed, firstId = 0, request } = order;
  const shape = [1, ...model.backbone.latent];
  const own = (i: number) => key(seed).split(firstId + i);
  const noises = Array.from({ length: count }, (_, i) => own(i).split("noise").normal(shape));
  const feeds = await model.conditioner.resolve(concatRows(noises), request);
  checkFinite(feeds, { where: "draw", remedy: "check the request" });
  return noises.map((noise, i) => ({
    ...beginning(model, order, { noise, i, t: steps[0]?.t }),
    feeds: mapNamed(feeds, (value) => (value.shape[0] === count ? takeRows(value, [i]) : value)),
    steps,
    guidance,
    stepNoise: (step) => own(i).split("step").split(step).normal(shape),
  }));
}

/** What picture i starts from, and what of it is to stay. @param at.t the first time; absent where there are no steps. */
function beginning(
  { interpolant, backbone: { latent } }: VelocityModel,
  { start, count }: DrawOrder,
  at: { readonly noise: NDArray<"f32">; readonly i: number; readonly t: number | undefined },
): Pick<StepperRequest, "noise" | "keep"> {
  const { noise, i, t } = at;
  if (!start) return { noise };
  const { strength } = start;
  if (!sameShape(start.latents.shape.slice(1), latent))
    throw new ShapeError("draw", `latents to start from must be [N,${latent}]`, [start.latents.shape]);
  checkFinite(
    { latents: start.latents, mask: start.mask },
    { where: "draw: start", remedy: "encode the picture again" },
  );
  const x0 = rowFor(start.latents, { i, count, name: "latents" });
  const mask = start.mask && latentMask(rowFor(start.mask, { i, count, name: "mask" }), latent);
  return {
    noise: t === undefined ? x0 : strength === 1 ? noise : noisedAt(interpolant, { x0, noise, t }),
    ...(mask && { keep: keptPart(interpolant, { x0, noise, mask }) }),
  };
}
