import type { NDArray } from "@gmem/tensor";
import { cover } from "./cover.ts";
import { palette } from "./palette.ts";
import type { Ground, Scene } from "./scene.ts";

/**
 * Draws a scene with 4 × 4 samples a pixel.
 * @returns [3,H,W], values in [0, 1].
 */
export function renderScene(scene: Scene): NDArray<"f32"> {
  const { size } = scene;
  const pixels = size * size;
  const data = new Float32Array(3 * pixels);
  for (let row = 0; row < size; row++)
    for (let column = 0; column < size; column++) {
      const mix = groundMix(scene.ground, column + 0.5, row + 0.5, size);
      for (let channel = 0; channel < 3; channel++) {
        const from = scene.ground.from[channel] as number;
        const to = scene.ground.to[channel] as number;
        data[channel * pixels + row * size + column] = from + (to - from) * mix;
      }
    }
  for (const object of scene.objects) {
    const alpha = cover(object, { left: 0, top: 0, width: size, height: size });
    for (let channel = 0; channel < 3; channel++) {
      const paint = palette[object.colour][channel] as number;
      const plane = data.subarray(channel * pixels, (channel + 1) * pixels);
      for (let at = 0; at < pixels; at++)
        plane[at] = (plane[at] as number) * (1 - (alpha[at] as number)) + paint * (alpha[at] as number);
    }
  }
  return { dtype: "f32", shape: [3, size, size], data };
}

/** How far a point lies from the ground's first level (0) to its second (1). */
function groundMix(ground: Ground, x: number, y: number, size: number): number {
  if (ground.kind === "plain") return 0;
  const along = x * Math.cos(ground.angle) + y * Math.sin(ground.angle);
  if (ground.kind === "stripes") return 0.5 + 0.5 * Math.tanh(3 * Math.sin((2 * Math.PI * along) / ground.period));
  const reach = (size / 2) * (Math.abs(Math.cos(ground.angle)) + Math.abs(Math.sin(ground.angle)));
  const middle = (size / 2) * (Math.cos(ground.angle) + Math.sin(ground.angle));
  return 0.5 + (along - middle) / (2 * reach);
}
