import type { Solver, Velocity } from "@gmem/spec";
import { concat, type Shape, slice, type Tensor } from "@gmem/tensor";

/** The name of what a multistep solver remembers in a state that holds it. */
export const memoryName = "sampler.memory";

/** Shape [N,M,H,W] of what a solver remembers beside latents [N,C,H,W]; undefined where it remembers nothing. */
export function memoryShape(solver: Solver, [n = 1, channels = 1, ...space]: Shape): Shape | undefined {
  const further = solver.memory?.(channels) ?? 0;
  return further > 0 ? [n, further, ...space] : undefined;
}

/** One step of any solver, x [N,C,H,W] and its memory [N,M,H,W] apart. */
export function stepped(
  solver: Solver,
  v: Velocity,
  at: Parameters<Solver["step"]>[1] & { readonly memory?: Tensor | undefined },
): { readonly x: Tensor; readonly memory?: Tensor } {
  const { memory, ...plain } = at;
  if (!memory) return { x: solver.step(v, plain) };
  const channels = at.x.shape[1] as number;
  const next = solver.step(v, { ...plain, x: concat([at.x, memory], 1) }); // [N,C+M,H,W]
  return {
    x: slice(next, 1, [0, channels]), // [N,C,H,W]
    memory: slice(next, 1, [channels, next.shape[1] as number]), // [N,M,H,W]
  };
}
