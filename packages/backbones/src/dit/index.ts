export {
  type BackboneSize as DitSize,
  sizeB as ditB,
  sizeL as ditL,
  sizeS as ditS,
  sizeXL as ditXL,
} from "../sizes.ts";
export { type DitBackbone, type DitConfig, type DitOutput, dit } from "./dit.ts";
