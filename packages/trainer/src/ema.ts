import { mapNamed, type Named, type Tensor } from "@gmem/tensor";

/**
 * Exponential moving average of the parameters, the weights that sampling uses (docs/formulas.md,
 * "Average of the weights").
 */
export interface EmaConfig {
  readonly decay: number;
  /** Start from a short memory, min(decay, (1+n)/(10+n)): without it a run of 1,000 steps at .9999 is still 90 % its start. */
  readonly warmup: boolean;
}

/** The published setting: .9999, no warm-up. */
export const emaDefaults: EmaConfig = { decay: 0.9999, warmup: false };

/**
 * The decay of the update that follows n earlier ones.
 * @example
 * emaDecay({ decay: 0.999, warmup: true }, 0); // 0.1
 */
export const emaDecay = (config: EmaConfig, n: number): number =>
  config.warmup ? Math.min(config.decay, (1 + n) / (10 + n)) : config.decay;

/**
 * e ← e + (p − e)·rate with rate = 1 − decay, []; a rate of 0 changes nothing. The rate is a feed of its own because
 * 1 − f32(.9999) is off by 2e-4.
 */
export const ema = (
  average: Named<Tensor>,
  step: { readonly params: Named<Tensor>; readonly rate: Tensor },
): Named<Tensor> => mapNamed(average, (e, name) => e.add((step.params[name] as Tensor).sub(e).mul(step.rate)));
