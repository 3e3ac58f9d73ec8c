export {
  type BackboneSize as SitSize,
  sizeB as sitB,
  sizeL as sitL,
  sizeS as sitS,
  sizeXL as sitXL,
} from "../sizes.ts";
export type { SitConfig } from "./config.ts";
export { sit, sitBlock } from "./sit.ts";
