import { checkTransformer, type TransformerConfig } from "../transformer-config.ts";

export interface SitConfig extends TransformerConfig {
  /** Width of the MLP over D, rounded down to whole units. Default 4. */
  readonly mlpRatio?: number;
  /** Layer norm of q and k per head. Default false. */
  readonly qkNorm?: boolean;
}

/** Units of the MLP. */
export const units = ({ hiddenSize, mlpRatio = 4 }: SitConfig): number => Math.floor(hiddenSize * mlpRatio);

/** @throws {ShapeError} where sizes do not divide; {GMemError} code `CONFIG` for an MLP without units or a tap outside the blocks. */
export const checkConfig = (config: SitConfig): void => checkTransformer("sit", config, { units: units(config) });
