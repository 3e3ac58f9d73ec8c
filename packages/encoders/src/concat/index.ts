export { type ConcatOptions, concat, type WeightedEncoder } from "./concat.ts";
