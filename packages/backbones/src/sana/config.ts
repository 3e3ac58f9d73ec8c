import { checkOptions, GMemError, type OptionTable, ShapeError } from "@gmem/tensor";
import { checkTransformer, type TransformerConfig, transformerOptions } from "../transformer-config.ts";

export interface SanaConfig extends Omit<TransformerConfig, "learnSigma"> {
  /** Heads of the cross-attention, where those of the linear one are many and narrow; divides the width. */
  readonly crossHeads: number;
  /** Width of a context token: 2304 for Gemma 2 2B, which Sana was trained with. */
  readonly contextDim: number;
  /** Width of the gated convolution over D, rounded down to whole channels. Default 2.5. */
  readonly mlpRatio?: number;
}

const { learnSigma: _, ...shared } = transformerOptions;
const options: OptionTable<SanaConfig> = {
  ...shared,
  crossHeads: "required",
  contextDim: "required",
  mlpRatio: "optional",
};

/** Channels behind the gate. */
export const units = ({ hiddenSize, mlpRatio = 2.5 }: SanaConfig): number => Math.floor(hiddenSize * mlpRatio);

/** @throws {ShapeError} where sizes do not divide; {GMemError} code `CONFIG` for unknown or missing options, or sizes that are none. */
export function checkConfig(config: SanaConfig): void {
  checkOptions("sana", config, options);
  checkTransformer("sana", config, { units: units(config) });
  const { hiddenSize, crossHeads, contextDim } = config;
  for (const [name, value] of Object.entries({ crossHeads, contextDim }))
    if (!(Number.isInteger(value) && value >= 1))
      throw new GMemError("CONFIG", `sana: ${name} must be a whole number from 1, got ${JSON.stringify(value)}`);
  if (hiddenSize % crossHeads !== 0)
    throw new ShapeError("sana", `${crossHeads} heads of cross-attention must divide the hidden size`, [[hiddenSize]]);
}
