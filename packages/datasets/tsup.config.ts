import { lib } from "../../tsup.base.ts";

export default lib([
  "src/index.ts",
  "src/scenes/index.ts",
  "src/folder/index.ts",
  "src/drawings/index.ts",
  "src/archive/index.ts",
  "src/cifar10/index.ts",
  "src/png/index.ts",
  "src/latents/index.ts",
  "src/captions/index.ts",
]);
