import type { VelocityModel } from "@gmem/spec";
import { type Aval, f32, type Named, type NDArray, type Tensor, trace } from "@gmem/tensor";
import type { ExportPart } from "./export-part.ts";

/** What feeds of conditioners hold. */
export const conditions: Named<string> = {
  snippet: "unit rows of the memory bank, or of encoder.onnx",
  label: "class numbers from 0",
  ones: "ones",
  text: "vectors of the text encoder; zeros are the null text",
};

/** v(x, t, condition): S-Adapter and backbone. */
export function backbonePart(model: VelocityModel, parameters: Named<NDArray>): ExportPart {
  return {
    file: "backbone.onnx",
    meaning: "velocity dx/dt of the flow; t = 0 is data, t = 1 is noise",
    values: {
      ...conditions,
      x: "noisy latents",
      t: "times in [0,1]: 0 is data, 1 is noise",
      velocity: "dx/dt: Euler's step to t' is x + (t' − t)·velocity",
    },
    parameters,
    trace(n) {
      const feeds: Named<Aval> = { x: f32(n, ...model.backbone.latent), t: f32(n), ...model.conditioner.feeds(n) };
      return trace<Named<Aval>, Named<Aval>>({ feeds, state: model.avals() }, ({ feeds: given, state }) => {
        const { x, t } = given as Record<"x" | "t", Tensor>;
        const c = model.condition(state, given); // [N,D]
        return { fetches: { velocity: model.velocity(state, x, t, c).velocity } }; // [N,C,H,W]
      });
    },
  };
}
