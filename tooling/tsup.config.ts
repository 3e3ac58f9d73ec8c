import { lib } from "../tsup.base.ts";

export default lib(["parity.ts", "check.ts", "version.ts", "make-drawings.ts"], { sourcemap: false });
