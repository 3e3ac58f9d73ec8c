export { concat, type WeightedEncoder } from "./concat.ts";
