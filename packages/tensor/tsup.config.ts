import { lib } from "../../tsup.base.ts";

export default lib(["src/index.ts", "src/linalg/index.ts", "src/linalg/eigen-worker.js"]);
