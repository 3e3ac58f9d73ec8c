import type { Points } from "./gaussian-mixture.ts";
import { type Conditional, expectedData } from "./posterior.ts";

/** Velocities dx/dt of all points at one time. */
export type Field = (x: Points, t: number) => Points | Promise<Points>;

/** Points on their way from noise to data. */
export interface Flow {
  /** Times of the velocities: 1, 1 − h, … h. */
  readonly times: readonly number[];
  /** Where the points are at each time, and at 0. */
  readonly positions: readonly Points[];
  readonly velocities: readonly Points[];
  /** x₀ as it is predicted at each time. */
  readonly predictions: readonly Points[];
}

/** Euler's method on dx/dt = v from t = 1 to 0, with x̂₀ = x − t v of the linear path. */
export async function flow(field: Field, start: Points, { steps }: { readonly steps: number }): Promise<Flow> {
  const times = Array.from({ length: steps }, (_, i) => 1 - i / steps);
  const positions = [start];
  const velocities: Points[] = [];
  const predictions: Points[] = [];
  for (const t of times) {
    const x = positions.at(-1) as Points;
    const v = await field(x, t);
    velocities.push(v);
    predictions.push(x.map((value, j) => value - t * (v[j] as number)));
    positions.push(x.map((value, j) => value - (v[j] as number) / steps));
  }
  return { times, positions, velocities, predictions };
}

/** v = (x − E[x₀ | x, c])/t, exactly; point i has the conditional distribution `given(i)`. */
export const exactField =
  (given: readonly Conditional[]): Field =>
  (x, t) => {
    const v = new Float64Array(x.length);
    given.forEach((conditional, i) => {
      const at = { x: x[2 * i] as number, y: x[2 * i + 1] as number, t };
      const [dataX, dataY] = expectedData(conditional, at);
      v[2 * i] = (at.x - dataX) / t;
      v[2 * i + 1] = (at.y - dataY) / t;
    });
    return v;
  };
