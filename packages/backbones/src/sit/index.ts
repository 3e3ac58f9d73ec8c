export { type SitSize, sitB, sitL, sitS, sitXL } from "./presets.ts";
export { type SitConfig, sit, sitBlock } from "./sit.ts";
