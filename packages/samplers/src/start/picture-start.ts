import type { VelocityModel } from "@gmem/spec";
import { checkFinite, type NDArray, ShapeError, sameShape } from "@gmem/tensor";
import type { Keep } from "../keep.ts";
import { noisedAt } from "../noised-at.ts";
import { keptPart, latentMask, rowFor } from "./kept-part.ts";

/** A picture that pictures are drawn from. */
export interface DrawStart {
  /** What a tokenizer encodes it to, [1,C,h,w] or [count,C,h,w]. */
  readonly latents: NDArray<"f32">;
  /** The share of the way from noise that is gone: 0 gives the latents back, 1 is drawing without them. */
  readonly strength: number;
  /**
   * [1,1,H,W] or [count,1,H,W] of the pictures or of the latents: above ½ is drawn, the rest stays what it is. Latents that a
   * part of the mask reaches into are drawn.
   */
  readonly mask?: NDArray<"f32">;
}

/** What one picture starts from, and what of it is to stay. */
export interface Beginning {
  /** x [1,C,h,w] at the first time; the picture's latents where there are no steps. */
  readonly noise: NDArray<"f32">;
  readonly keep?: Keep;
}

interface Place {
  /** Its noise [1,C,h,w]. */
  readonly noise: NDArray<"f32">;
  /** Which of how many. */
  readonly i: number;
  readonly count: number;
  /** The first time; undefined where there are no steps. */
  readonly t: number | undefined;
}

/**
 * What picture i of a start begins with: its latents, noised to the first time by its own noise, and a mask's part that stays.
 * @throws {ShapeError} for latents of another shape than the model's.
 * @throws {GMemError} code `CONFIG` for another number of rows or a mask that does not fit, `NON_FINITE` for NaN or infinity.
 * @example
 * // no-run
 * declare const { model }: SamplerOptions;
 * declare const [start, noise]: [DrawStart, NDArray<"f32">]; // noise [1,C,h,w]
 * const { noise: x, keep } = beginning(model, start, { noise, i: 0, count: 1, t: 0.6 });
 */
export function beginning(
  { interpolant, backbone: { latent } }: Pick<VelocityModel, "interpolant" | "backbone">,
  start: DrawStart,
  { noise, i, count, t }: Place,
): Beginning {
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
