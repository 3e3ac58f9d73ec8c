export { type DitBackbone, type DitConfig, type DitOutput, dit } from "./dit.ts";
export { type DitSize, ditB, ditL, ditS, ditXL } from "./presets.ts";
