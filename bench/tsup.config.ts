import { lib } from "../tsup.base.ts";

export default lib(["cli.ts", "evaluators.ts", "make-peers.ts", "gpu-table.ts"], { sourcemap: false });
