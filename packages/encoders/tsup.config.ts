import { lib } from "../../tsup.base.ts";

export default lib(["src/patch-kmeans/index.ts"]);
