import type { Interpolant } from "@gmem/spec";
import { array, GMemError, type NDArray, takeRows } from "@gmem/tensor";
import type { Keep } from "../keep.ts";
import { noisedAt } from "../noised-at.ts";

/** Row i of one for each picture, or the one of all. @throws {GMemError} code `CONFIG` for another number of rows. */
export function rowFor(
  x: NDArray<"f32">,
  { i, count, name }: { i: number; count: number; name: string },
): NDArray<"f32"> {
  const [rows] = x.shape;
  if (rows !== 1 && rows !== count)
    throw new GMemError("CONFIG", `draw: ${name} must have 1 or ${count} rows, got ${rows}`);
  return takeRows(x, [rows === 1 ? 0 : i]);
}

/**
 * What stays of a picture after each step: outside the mask its latents, noised to the time of the step by its own noise, and at
 * the end themselves. x0 and noise [1,C,h,w], mask [1,1,h,w] of 0 and 1.
 */
export function keptPart(
  interpolant: Interpolant,
  { x0, noise, mask }: { readonly x0: NDArray<"f32">; readonly noise: NDArray<"f32">; readonly mask: NDArray<"f32"> },
): Keep {
  const area = mask.data.length;
  return (x, { t, isLast }) => {
    const kept = isLast ? x0 : noisedAt(interpolant, { x0, noise, t });
    return array(
      x.data.map((value, i) => (mask.data[i % area] === 1 ? value : (kept.data[i] as number))),
      x.shape,
    );
  };
}

/**
 * A mask at the size of latents: 1 where any of its values above a latent is above ½, 0 elsewhere. mask [1,1,H,W] → [1,1,h,w].
 * @throws {GMemError} code `CONFIG` for a size that is no multiple of the latents'.
 */
export function latentMask(mask: NDArray<"f32">, [, h, w]: readonly [number, number, number]): NDArray<"f32"> {
  const [, channels, H = 0, W = 0] = mask.shape;
  if (mask.shape.length !== 4 || channels !== 1 || H === 0 || W === 0 || H % h !== 0 || W % w !== 0)
    throw new GMemError(
      "CONFIG",
      `draw: a mask must be [N,1,H,W] with H and W multiples of ${h} and ${w}, got [${mask.shape}]; give it the size of the pictures`,
    );
  const out = new Float32Array(h * w);
  mask.data.forEach((value, i) => {
    const [row, column] = [Math.floor(i / W), i % W];
    const at = Math.floor((row * h) / H) * w + Math.floor((column * w) / W);
    if (value > 0.5) out[at] = 1;
  });
  return array(out, [1, 1, h, w]);
}
