import { lib } from "../../tsup.base.ts";

// @gmem/terminal is not published: it is part of the program
export default lib(["src/cli.ts"], { splitting: true, noExternal: ["@gmem/terminal"] });
