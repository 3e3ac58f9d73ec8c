import { lib } from "../../tsup.base.ts";

export default lib([
  "src/published/index.ts",
  "src/dit/index.ts",
  "src/lightning-dit/index.ts",
  "src/sana/index.ts",
  "src/sit/index.ts",
  "src/transfer/index.ts",
]);
