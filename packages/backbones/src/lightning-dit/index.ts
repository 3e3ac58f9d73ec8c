export { type Layer, lightningDitBlock } from "./block.ts";
export { type LightningDitConfig, lightningDit } from "./lightning-dit.ts";
export {
  type LightningDitSize,
  lightningDit1p0B,
  lightningDit1p6B,
  lightningDitB,
  lightningDitL,
  lightningDitS,
  lightningDitXL,
} from "./presets.ts";
export { checkTables } from "./tables.ts";
