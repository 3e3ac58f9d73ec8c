import type { Backbone, Prediction } from "@gmem/spec";
import { neg } from "@gmem/tensor";

/**
 * A network trained with time running the other way (u = 0 noise, u = 1 data: SiT, LightningDiT, published GMem), made
 * canonical: it sees u = 1 − t, and velocity changes sign, dx/dt = −dx/du (docs/formulas.md, "Time direction"). Score,
 * noise and x₀ keep theirs.
 * @example
 * // no-run
 * declare const { backbone, conditioner }: VelocityModelOptions;
 * const model = velocityModel({ backbone: dataAtOne(backbone), conditioner });
 */
export function dataAtOne(backbone: Backbone, options: { readonly prediction?: Prediction } = {}): Backbone {
  const { prediction = "velocity" } = options;
  return {
    ...backbone,
    config: { ...backbone.config, timeDirection: "data1" },
    apply(p, x, t, c, context) {
      const { output, ...rest } = backbone.apply(p, x, neg(t).add(1), c, context); // [N,C,H,W]
      return { output: prediction === "velocity" ? neg(output) : output, ...rest };
    },
  };
}
