import { lib } from "../../tsup.base.ts";

export default lib(["src/index.ts", "src/browser/index.ts", "src/pack/index.ts"]);
