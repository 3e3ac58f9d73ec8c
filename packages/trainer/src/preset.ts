import type { EmaConfig } from "./ema.ts";
import type { AdamWConfig } from "./optimizer.ts";
import type { ScheduleConfig } from "./schedule.ts";

/** A named configuration. */
export interface Preset {
  readonly name: string;
  /** True for settings of this library, false for published ones. */
  readonly ours: boolean;
  /** What it trains, and where the numbers come from. */
  readonly about: string;
  /** Keys as on the command line of `gmem-train run`; what is left out has that command's default. */
  readonly config: PresetConfig;
}

/** Plain JSON: the keys of a run, nested by package. */
export interface PresetConfig {
  readonly name: string;
  /** Parent of the run folder. */
  readonly runs?: string;
  /** "scenes", a folder of images, or a folder of CIFAR-10 binary files; left open where it is the user's. */
  readonly data?: string;
  readonly seed?: number;
  readonly steps: number;
  readonly batch: number;
  readonly checkpointEvery?: number;
  readonly sampleEvery?: number;
  readonly keep?: number;
  readonly image: {
    readonly size: number;
    readonly layout?: "centred" | "free";
    readonly count?: number;
    readonly flip?: boolean;
  };
  readonly tokenizer: { readonly kind: "pixels" | "sd-vae" | "va-vae" | "dc-ae" };
  readonly encoder:
    | {
        readonly kind: "patch-kmeans";
        readonly clusters: number;
        readonly patchSize: number;
        readonly pooling: number;
        readonly dim: number;
        readonly whiten: number;
      }
    | { readonly kind: "dinov2"; readonly variant: string };
  readonly conditioner: { readonly kind: "memory-bank" | "class-table" | "unconditional" };
  readonly bank?: { readonly rank: number | null };
  readonly backbone: {
    readonly kind: "sit" | "lightning-dit";
    readonly patchSize: number;
    readonly depth: number;
    readonly hiddenSize: number;
    readonly heads: number;
  };
  readonly adapter: { readonly kind: "linear" | "mlp3"; readonly gain: number };
  readonly objective: {
    readonly loss: "velocity";
    readonly interpolant: "linear";
    readonly cosine?: number;
    readonly mask: { readonly kind: "zero" | "random" | "noise"; readonly p: number };
    readonly time: { readonly law: "uniform" | "logit-normal"; readonly shift: number };
    /** The auxiliary loss of REPA: its weight, and the block whose tokens it reads. */
    readonly repa?: { readonly coefficient: number; readonly depth: number };
  };
  readonly optimizer: AdamWConfig;
  readonly schedule?: ScheduleConfig;
  readonly ema: EmaConfig;
  readonly sampler: {
    readonly solver: "euler" | "heun" | "euler-maruyama" | "heun-sde";
    readonly steps: number;
    readonly shift?: number;
    readonly lastStepSize?: number;
    /** w_t of the reverse SDE. */
    readonly diffusion?: "linear" | "sigma";
  };
  /** A preset whose trained weights are the start, for fine-tuning. */
  readonly start?: { readonly preset: string; readonly steps: number; readonly conditioner?: "class-table" };
}
