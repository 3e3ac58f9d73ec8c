import { checkOptions, type OptionTable } from "@gmem/tensor";
import { checkTransformer, type TransformerConfig, transformerOptions } from "../transformer-config.ts";

export interface SitConfig extends TransformerConfig {
  /** Width of the MLP over D, rounded down to whole units. Default 4. */
  readonly mlpRatio?: number;
  /** Layer norm of q and k per head. Default false. */
  readonly qkNorm?: boolean;
}

export const sitOptions: OptionTable<SitConfig> = { ...transformerOptions, mlpRatio: "optional", qkNorm: "optional" };

/** Units of the MLP. */
export const units = ({ hiddenSize, mlpRatio = 4 }: SitConfig): number => Math.floor(hiddenSize * mlpRatio);

/** @throws {ShapeError} where sizes do not divide; {GMemError} code `CONFIG` for unknown or missing options, an MLP without units or a tap outside the blocks. */
export function checkConfig(config: SitConfig): void {
  checkOptions("sit", config, sitOptions);
  checkTransformer("sit", config, { units: units(config) });
}
