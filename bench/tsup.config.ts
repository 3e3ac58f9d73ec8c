import { lib } from "../tsup.base.ts";

export default lib(["cli.ts"], { sourcemap: false });
