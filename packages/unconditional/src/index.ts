export { conditioner, type UnconditionalOptions, vectorName } from "./conditioner.ts";
