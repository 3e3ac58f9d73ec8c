import { lib } from "../tsup.base.ts";

export default lib(["main.ts", "cases.ts", "release/registry-worker.ts"], { sourcemap: false, splitting: false });
