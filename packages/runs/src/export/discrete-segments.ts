import type { LoopSegment } from "@gmem/engine-onnx";
import { ancestral, type DdpmSamplerOptions, guidedDenoiser } from "@gmem/samplers";
import type { VelocityModel } from "@gmem/spec";
import { type Aval, array, broadcast, i32, type Named, type Tensor, trace } from "@gmem/tensor";
import type { Carried } from "./solver-segments.ts";

export type DiscreteSegmentsOptions = Pick<DdpmSamplerOptions, "denoise" | "process" | "method" | "guidance"> & {
  readonly carried: Carried;
};

/** The steps of a DiT's discrete process: one kind, from the noisiest down. */
export function discreteSegments(model: VelocityModel, options: DiscreteSegmentsOptions): readonly LoopSegment[] {
  const { denoise, process, method = ancestral(), guidance, carried } = options;
  const { latents } = carried;
  const [n = 1] = latents.shape;
  const feeds = { ...carried, k: i32(), ...(method.stochastic ? { eps: latents } : {}) };
  const step = trace<Named<Aval>, Named<Aval>>({ feeds, state: model.avals() }, ({ feeds: given, state: p }) => {
    const { latents: x, c, k, eps = x } = given as Record<"latents" | "c" | "k", Tensor> & { readonly eps?: Tensor };
    const guided = guidance
      ? guidedDenoiser((at, index, both) => denoise(p, at, index, both), {
          ...guidance,
          given: c,
          missing: model.nullCondition(p, n),
        })
      : (at: Tensor, index: Tensor) => denoise(p, at, index, c);
    return { fetches: { latents: method.step(process, guided, { x, k: broadcast(k, [n]), eps }).x } }; // [N,C,H,W]
  });
  const left = Int32Array.from({ length: process.length }, (_, i) => process.length - 1 - i);
  return [{ step, steps: process.length, perStep: { k: array(left, [process.length], "i32") } }];
}
