import { lib } from "../tsup.base.ts";

export default lib(["consumer.ts"], { sourcemap: false });
