import type { Rng } from "@gmem/tensor";

/** Equal Gaussians in the plane, their means on a circle around the origin. */
export interface MixtureSettings {
  readonly components: number;
  readonly radius: number;
  /** Standard deviation of each component, along each axis. */
  readonly deviation: number;
}

/** Points of the plane, one after the other: x₀, y₀, x₁, y₁, … */
export type Points = Float64Array;

/** Points drawn from a mixture, and which component each is of. */
export interface MixtureDraw {
  readonly points: Points;
  readonly component: Int32Array;
}

/** Means of the components. */
export function meansOf({ components, radius }: MixtureSettings): Points {
  const means = new Float64Array(2 * components);
  for (let k = 0; k < components; k++) {
    const angle = (2 * Math.PI * k) / components;
    means[2 * k] = radius * Math.cos(angle);
    means[2 * k + 1] = radius * Math.sin(angle);
  }
  return means;
}

/** n independent points. */
export function drawMixture(settings: MixtureSettings, { count, rng }: { count: number; rng: Rng }): MixtureDraw {
  const means = meansOf(settings);
  const noise = rng.split("noise").normal([count, 2]).data;
  const choice = rng.split("component").uniform([count]).data;
  const component = Int32Array.from(choice, (u) => Math.floor(u * settings.components));
  const points = Float64Array.from(
    noise,
    (z, i) => (means[2 * (component[i >> 1] as number) + (i & 1)] as number) + settings.deviation * z,
  );
  return { points, component };
}
