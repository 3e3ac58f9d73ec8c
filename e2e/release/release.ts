import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Steps } from "../steps.ts";
import { breakingChange } from "./breaking-change.ts";
import { consumer } from "./consumer.ts";
import { openConsumers } from "./consumers.ts";
import { type Copy, copyOf } from "./copy.ts";
import { firstRelease } from "./first-release.ts";
import { outside } from "./outside.ts";
import { patch } from "./patch.ts";
import { openRegistry, type Registry } from "./registry.ts";

/** Releases to a registry of this machine: everything, a patch, a breaking change; and projects that follow them. */
export async function release(steps: Steps): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "gmem-release-"));
  let registry: Registry | undefined;
  let copy: Copy | undefined;
  try {
    await steps.step("a registry, and a copy of the repository", async () => {
      registry = await openRegistry(join(folder, "registry"));
      copy = await copyOf(join(folder, "copy"), registry);
      return "";
    });
    if (!registry || !copy) return;
    const consumers = await openConsumers(folder, registry);
    const rehearsal = { steps, copy, consumers, registry };
    if (!(await firstRelease(rehearsal))) return;
    await outside(rehearsal, await consumer("npm", join(folder, "outside"), registry));
    if (await patch(rehearsal)) await breakingChange(rehearsal);
  } finally {
    await registry?.close();
    await rm(folder, { recursive: true, force: true });
  }
}
