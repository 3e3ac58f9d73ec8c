import { lib } from "../../tsup.base.ts";

export default lib(["src/cli.ts"], { splitting: true });
