import type { Objective, Params, VelocityModel } from "@gmem/spec";
import { array, GMemError, greater, i32, mean, type Named, type NDArray, type Tensor, where } from "@gmem/tensor";
import type { Ddpm } from "./ddpm.ts";
import { type DdpmLossOptions, ddpmLoss } from "./ddpm-loss.ts";
import type { DenoiserOutput } from "./posterior.ts";

export interface DdpmObjectiveOptions extends Pick<DdpmLossOptions, "kind"> {
  readonly process: Ddpm;
  /** DiT's `atStep`. */
  readonly denoise: (p: Params, x: Tensor, step: Tensor, c: Tensor) => DenoiserOutput & { readonly tap?: Tensor };
  /** REPA's term against the targets that `base` draws: `repaAlignment` of @gmem/model, and its coefficient. */
  readonly repa?: {
    readonly coefficient: number;
    /** The denoiser's tap [N,T,D] and all feeds → [N]. */
    readonly alignment: (
      model: VelocityModel,
      p: Params,
      at: { readonly tap: Tensor | undefined; readonly feeds: Named<Tensor> },
    ) => Tensor;
  };
}

/**
 * How DiT is trained: steps k ~ U{0 … K−1}, the squared error of the noise and the variational bound for the variance
 * ({@link ddpmLoss}). Noise, masks and dropped conditions are drawn as by `base`, such as
 * `objective()` of @gmem/model, whose time becomes the step.
 * @throws {GMemError} code `CONFIG`, from `feeds`, for a base with REPA's targets and no `repa` that is their term.
 * @example
 * // no-run
 * import type { DitBackbone } from "@gmem/backbones/dit";
 * import type { Objective } from "@gmem/spec";
 * declare const [backbone, base]: [DitBackbone, Objective];
 * const target = ddpmObjective(base, { process: ddpm(), denoise: backbone.atStep });
 */
export function ddpmObjective(base: Omit<Objective, "loss">, options: DdpmObjectiveOptions): Objective {
  const { process, denoise, kind = "mse", repa } = options;
  return {
    options: base.options,
    feeds(model, n) {
      const { t: _, ...feeds } = base.feeds(model, n);
      if (!repa && Object.keys(feeds).some((name) => name.startsWith("targets.")))
        throw new GMemError("CONFIG", "ddpmObjective: the targets of REPA need its term, got none; give repa");
      return { ...feeds, k: i32(n) };
    },
    draw(model, batch, rng) {
      const { t, ...drawn } = base.draw(model, batch, rng);
      const steps = Int32Array.from((t as NDArray<"f32">).data, (u) =>
        Math.min(process.length - 1, Math.floor(u * process.length)),
      );
      return { ...drawn, k: array(steps, [steps.length], "i32") };
    },
    loss(model, p, feeds) {
      const { x0, eps, k, keep } = feeds as Named<Tensor> & Record<"x0" | "eps" | "k", Tensor>;
      const given = model.condition(p, feeds, feeds); // [N,D]
      const n = x0.shape[0] as number;
      const c = keep ? where(greater(keep, 0.5), given, model.nullCondition(p, n)) : given; // [N,D]
      let tap: Tensor | undefined; // [N,T,D]
      const seen = (x: Tensor, step: Tensor): DenoiserOutput => {
        const { tap: tokens, ...found } = denoise(p, x, step, c);
        tap = tokens;
        return found;
      };
      const { loss: main, mse, vb } = ddpmLoss(process, seen, { x0, eps, k, kind }); // [N]
      const aligned = repa?.alignment(model, p, { tap, feeds }); // [N]
      const loss = repa && aligned ? main.add(aligned.mul(repa.coefficient)) : main; // [N]
      const parts = {
        ...(mse && { mse: mean(mse) }),
        ...(vb && { vb: mean(vb) }),
        ...(aligned && { repa: mean(aligned) }),
      };
      return { loss: mean(loss), parts, perSample: loss };
    },
  };
}
