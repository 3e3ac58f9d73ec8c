import type { NDArray, Rng } from "@gmem/tensor";
import { contrastEpsilon } from "./contrast.ts";

/**
 * Random patches of one image [3,H,W], each as a row [3·size²] with its mean taken away and divided by √(var + ε).
 * @returns [count, 3·size²].
 */
export function samplePatches(
  image: Float32Array,
  at: {
    readonly height: number;
    readonly width: number;
    readonly size: number;
    readonly count: number;
    readonly rng: Rng;
  },
): NDArray<"f32"> {
  const { height, width, size, count, rng } = at;
  const length = 3 * size * size;
  const data = new Float32Array(count * length);
  const places = rng.uniform([count, 2]).data;
  for (let k = 0; k < count; k++) {
    const top = Math.floor((places[2 * k] as number) * (height - size + 1));
    const left = Math.floor((places[2 * k + 1] as number) * (width - size + 1));
    const patch = data.subarray(k * length, (k + 1) * length);
    for (let c = 0; c < 3; c++)
      for (let y = 0; y < size; y++) {
        const from = (c * height + top + y) * width + left;
        patch.set(image.subarray(from, from + size), (c * size + y) * size);
      }
    normalise(patch);
  }
  return { dtype: "f32", shape: [count, length], data };
}

/** x ← (x − mean) / √(var + ε). */
function normalise(patch: Float32Array): void {
  let sum = 0;
  for (const value of patch) sum += value;
  const mean = sum / patch.length;
  let squares = 0;
  for (const value of patch) squares += (value - mean) ** 2;
  const scale = 1 / Math.sqrt(squares / patch.length + contrastEpsilon);
  for (let i = 0; i < patch.length; i++) patch[i] = ((patch[i] as number) - mean) * scale;
}
