import { lib } from "../tsup.base.ts";

export default lib(["cli.ts", "evaluators.ts", "make-peers.ts"], { sourcemap: false });
