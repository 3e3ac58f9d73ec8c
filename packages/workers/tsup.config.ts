import { lib } from "../../tsup.base.ts";

// @gmem/terminal is not published: it is part of what is
export default lib(["src/child.ts", "src/index.ts"], { noExternal: ["@gmem/terminal"] });
