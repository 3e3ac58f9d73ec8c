import { lib } from "../tsup.base.ts";

export default lib(["cli.ts", "evaluators.ts"], { sourcemap: false });
