import { spawnSync } from "node:child_process";
import { cp, mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../repository.ts";
import type { Ended, Given } from "./case.ts";

/** A small run, begun with these settings. */
export const small = [
  "image.count=64",
  "image.heldOut=8",
  "backbone.depth=1",
  "backbone.hiddenSize=32",
  "backbone.heads=2",
  "encoder.clusters=16",
  "encoder.patches=500",
  "encoder.dim=16",
  "batch=16",
  "schedule.kind=constant",
  "schedule.warmup=0",
];

/** What cases work with, below a scratch folder; the trained run is made once. */
export function workplace(scratch: string): (folder: string) => Promise<Given> {
  const made = new Set<string>();
  const train = (kind: string): string => {
    const name = `base-${kind}`;
    if (!made.has(name)) {
      const settings = [...small, "steps=6", `name=${name}`, `conditioner.kind=${kind}`];
      const { status, text } = program(scratch, ["run", "scenes-tiny", ...settings]);
      if (status !== 0) throw new Error(text);
    }
    made.add(name);
    return `runs/${name}`;
  };
  return async (folder) => {
    const own = await mkdtemp(join(scratch, "case-"));
    return {
      file: (...path) => join(folder, ...path),
      scratch: own,
      cli: (...args) => program(own, args),
      trained: async (conditioner = "memory-bank") => {
        const run = train(conditioner);
        await cp(join(scratch, run), join(own, run), { recursive: true });
        return run;
      },
    };
  };
}

function program(cwd: string, args: readonly string[]): Ended {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, "apps/train/dist/cli.js"), ...args], {
    cwd,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  return { status, stdout, stderr, text: `${stdout}${stderr}` };
}
