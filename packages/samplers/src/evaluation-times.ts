import type { Solver } from "@gmem/spec";
import { array, broadcast, evaluate, f32, scalar, type Tensor, trace } from "@gmem/tensor";

/**
 * The times at which one step from t to t' asks for v, in order: t and t' for Heun.
 * @example
 * const times = evaluationTimes(midpoint, { t: 1, tNext: 0.5 }); // 1, 0.75
 */
export function evaluationTimes(
  solver: Solver,
  step: { readonly t: number; readonly tNext: number },
): readonly number[] {
  const asked: Tensor[] = [];
  const graph = trace({ feeds: { t: f32(1), tNext: f32(1) } }, ({ feeds: { t, tNext } }) => {
    const x = broadcast(scalar(0), [1, 1 + (solver.memory?.(1) ?? 0), 1, 1]);
    const record = (at: Tensor, time: Tensor): Tensor => {
      asked.push(time);
      return at;
    };
    solver.step(record, { x, t, tNext, eps: x });
    return { fetches: Object.fromEntries(asked.map((time, i) => [String(i), time])) };
  });
  const { fetches } = evaluate(graph, { t: array([step.t]), tNext: array([step.tNext]) });
  return asked.map((_, i) => fetches[String(i)]?.data[0] as number);
}
