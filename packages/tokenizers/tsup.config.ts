import { lib } from "../../tsup.base.ts";

export default lib([
  "src/pixels/index.ts",
  "src/sd-vae/index.ts",
  "src/va-vae/index.ts",
  "src/dc-ae/index.ts",
  "src/kl-vae/index.ts",
]);
