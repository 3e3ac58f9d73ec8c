import { lib } from "../../tsup.base.ts";

export default lib([
  "src/index.ts",
  "src/browser/index.ts",
  "src/convert/index.ts",
  "src/demo/index.ts",
  "src/export/index.ts",
  "src/jobs/index.ts",
  "src/tokenizer/index.ts",
]);
