import type { VelocityModel } from "@gmem/spec";
import { type Aval, broadcast, f32, type Graph, greater, type Tensor, trace, where } from "@gmem/tensor";
import { latentAval } from "../step-graph.ts";

/**
 * v of every slot as a program: the conditioner's feeds, x [N,C,H,W], t [N] and isNull [N] → v [N,C,H,W]. Slots with isNull
 * above 0 are evaluated at the null input: those of guidance, and idle ones, whose feeds are zeros that nothing reads.
 */
export function slotVelocity(model: VelocityModel, n: number): Graph {
  const latent = latentAval(model, n);
  const feeds = { ...model.conditioner.feeds(n), x: latent, t: f32(n), isNull: f32(n) };
  return trace<Record<string, Aval>, Record<string, Aval>>({ feeds, state: model.avals() }, (given) => {
    const { x, t, isNull } = given.feeds as Record<"x" | "t" | "isNull", Tensor>;
    const missing = model.nullCondition(given.state, n); // [N,D]
    const own = broadcast(model.condition(given.state, given.feeds), missing.shape); // [N,D]
    const c = where(greater(isNull.reshape([n, 1]), 0), missing, own); // [N,D]
    return { fetches: { v: model.velocity(given.state, x, t, c).velocity } }; // [N,C,H,W]
  });
}
