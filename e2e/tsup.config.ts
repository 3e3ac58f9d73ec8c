import { lib } from "../tsup.base.ts";

export default lib(["main.ts"], { sourcemap: false });
