import type { Flow } from "./flow.ts";
import type { Points } from "./gaussian-mixture.ts";
import { pointAt } from "./regimes.ts";

/** How straight the ways of a flow are, means over its points. */
export interface FlowShape {
  /** S = ∫ ‖v_t − (x₁ − x₀)‖² dt; 0 for straight lines at constant speed (Liu et al. 2023). */
  readonly straightness: number;
  /** S over the mean of ‖x₁ − x₀‖². */
  readonly relativeStraightness: number;
  /** Sum of the angles between one velocity and the next, in radians. */
  readonly turning: number;
  readonly length: number;
  /** Length over the distance from beginning to end. */
  readonly lengthRatio: number;
  /** Length of the way of the predicted x₀. */
  readonly predictionPath: number;
}

/** The measures of one flow. */
export function flowShape({ positions, velocities, predictions }: Flow): FlowShape {
  const [start, end] = [positions[0] as Points, positions.at(-1) as Points];
  const count = start.length / 2;
  const steps = velocities.length;
  let [defect, squared, turning, length, ratio, path] = [0, 0, 0, 0, 0, 0];
  for (let i = 0; i < count; i++) {
    const [x1, y1] = pointAt(start, i);
    const [x0, y0] = pointAt(end, i);
    const [dx, dy] = [x1 - x0, y1 - y0];
    let own = 0;
    velocities.forEach((velocity, step) => {
      const [vx, vy] = pointAt(velocity, i);
      defect += ((vx - dx) ** 2 + (vy - dy) ** 2) / steps;
      own += Math.hypot(vx, vy) / steps;
      const before = velocities[step - 1];
      if (!before) return;
      const [ux, uy] = pointAt(before, i);
      turning += Math.abs(Math.atan2(ux * vy - uy * vx, ux * vx + uy * vy));
      const [px, py] = pointAt(predictions[step] as Points, i);
      const [qx, qy] = pointAt(predictions[step - 1] as Points, i);
      path += Math.hypot(px - qx, py - qy);
    });
    squared += dx * dx + dy * dy;
    length += own;
    ratio += own / Math.hypot(dx, dy);
  }
  return {
    straightness: defect / count,
    relativeStraightness: defect / squared,
    turning: turning / count,
    length: length / count,
    lengthRatio: ratio / count,
    predictionPath: path / count,
  };
}
