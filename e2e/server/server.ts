import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tinyServed } from "../load/tiny-served.ts";
import type { Steps } from "../steps.ts";
import { behindNginx } from "./behind-nginx.ts";
import { draining } from "./draining.ts";
import { killedEdits } from "./killed-edits.ts";

/** A server as it stands on a machine: behind a proxy, told to stop, killed, on a full disk. */
export async function server(steps: Steps): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "gmem-server-"));
  try {
    tinyServed(folder);
    await draining(steps, folder);
    await behindNginx(steps, folder);
    await killedEdits(steps, folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
