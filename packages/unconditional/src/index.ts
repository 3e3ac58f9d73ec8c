export {
  conditioner,
  type UnconditionalConditioner,
  type UnconditionalConfig,
  type UnconditionalOptions,
  vectorName,
} from "./conditioner.ts";
