import { homedir } from "node:os";
import { join } from "node:path";

/** The Python environment of the peers, outside the project: `npm run bench:peers` makes it. */
export const peersFolder = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "gmem", "bench-peers");
