export {
  type BackboneSize as LightningDitSize,
  size1p0B as lightningDit1p0B,
  size1p6B as lightningDit1p6B,
  sizeB as lightningDitB,
  sizeL as lightningDitL,
  sizeS as lightningDitS,
  sizeXL as lightningDitXL,
} from "../sizes.ts";
export { type Layer, lightningDitBlock } from "./block.ts";
export type { LightningDitConfig } from "./config.ts";
export { lightningDit } from "./lightning-dit.ts";
export { checkTables } from "./tables.ts";
