import type { Guidance } from "../guidance.ts";

/**
 * v = v_null + w(v_cond − v_null) of one picture [C·H·W], each operation rounded to float32 as on the device; the channels
 * behind the first so many keep v_cond.
 * @param options.depth C.
 */
export function guideRow(
  given: Float32Array,
  none: Float32Array,
  { guidance, depth }: { readonly guidance: Guidance; readonly depth: number },
): Float32Array {
  const { scale, channels = depth } = guidance;
  const w = Math.fround(scale);
  const guided = (given.length / depth) * Math.min(channels, depth);
  return given.map((v, i) => {
    if (i >= guided) return v;
    const base = none[i] as number;
    return base + Math.fround(Math.fround(v - base) * w);
  });
}
