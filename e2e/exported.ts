import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { alone } from "./alone.ts";
import { inBrowser } from "./browser.ts";
import { longSums } from "./long-sums.ts";
import { inPython } from "./python.ts";
import type { Steps } from "./steps.ts";
import { inTensorboard } from "./tensorboard.ts";
import { type TinyRun, tinyRun } from "./tiny-run.ts";

/** Trains a tiny run, exports it, runs the files in a browser, as a page of its own and in Python beside the engine, and reads its events. */
export async function exported(steps: Steps): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "gmem-exported-"));
  try {
    let made: TinyRun | undefined;
    await steps.step("train and export a tiny run", async () => {
      made = await tinyRun(folder);
      return made.listing;
    });
    if (!made) return;
    await inBrowser(steps, made);
    await alone(steps, made);
    await inPython(steps, made);
    await longSums(steps, folder);
    await inTensorboard(steps, folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
