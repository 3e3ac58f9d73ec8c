import { lib } from "../tsup.base.ts";

export default lib(["main.ts", "release/registry-worker.ts"], { sourcemap: false, splitting: false });
