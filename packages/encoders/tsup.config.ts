import { lib } from "../../tsup.base.ts";

export default lib(["src/dinov2/index.ts", "src/patch-kmeans/index.ts"]);
