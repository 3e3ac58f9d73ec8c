import { existsSync } from "node:fs";
import { cp, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { root, run } from "../repository.ts";
import type { Consumer } from "./consumer.ts";
import type { Rehearsal } from "./publish.ts";

/** Each with one part of a run. */
const packages = ["mixer", "haar", "colour-grid", "class-rows"] as const;

const small = [
  "steps=20",
  "batch=8",
  "image.count=200",
  "image.heldOut=16",
  "sampleEvery=20",
  "backbone.options.depth=1",
];

/**
 * A project with the app from the registry and parts of a run out of packages of their own: backbone, tokenizer, encoder and
 * conditioner are trained, sampled, exported and opened again by the names that the run folder keeps.
 */
export async function outside({ steps, copy }: Rehearsal, project: Consumer): Promise<boolean> {
  const { folder } = project;
  const gmem = (...args: readonly string[]): string => run("npx", ["gmem-train", ...args], folder);
  const sample = "runs/outside/samples/seed-0-label-2.png";
  return (
    (await steps.step("npm install @gmem/train and four packages from outside", async () => {
      const tarballs = join(folder, "tarballs");
      await mkdir(tarballs);
      for (const name of packages) copy.pack(`examples/outside/${name}`, tarballs);
      const files = (await readdir(tarballs)).map((file) => `./tarballs/${file}`);
      project.manage("install", "@gmem/train", "@gmem/runs", ...files);
      await cp(join(root, "examples/outside/run.config.ts"), join(folder, "run.config.ts"));
      return `one @gmem/tensor ${await project.only("@gmem/tensor")}`;
    })) &&
    (await steps.step("gmem-train run with parts from outside", () => gmem("run", "run.config.ts", ...small))) &&
    (await steps.step("gmem-train sample opens them again", async () => {
      const drawn = gmem("sample", "runs/outside", "--label", "2", "--count", "2").trim();
      if (drawn !== sample) throw new Error(`sample: writes ${sample}, got ${drawn}`);
      return gmem("sample", "runs/outside", "--request", '{"label":1}', "--count", "2", "--out", "second.png");
    })) &&
    (await steps.step("what is sampled is told to nobody", () => {
      const home = join(folder, "home");
      run(
        process.execPath,
        ["node_modules/@gmem/train/dist/cli.js", "sample", "runs/outside", "--count", "1"],
        folder,
        {
          HOME: home,
          ...Object.fromEntries(["CI", "XDG_CACHE_HOME", "ORT_DISABLE_TELEMETRY"].map((name) => [name, undefined])),
        },
      );
      if (existsSync(join(home, ".cache", "Microsoft")))
        throw new Error("sample: leaves nothing to be sent, got a cache of events");
      return "";
    })) &&
    (await steps.step("gmem-train export writes them", () => gmem("export", "runs/outside"))) &&
    (await steps.step("without its package a run says what to install", () => {
      project.manage("uninstall", "@gmem-example/mixer");
      try {
        gmem("sample", "runs/outside", "--count", "1");
      } catch (error) {
        const { message } = error as Error;
        if (/needs "@gmem-example\/mixer", which is not there for .*npm install/.test(message)) return "";
        throw error;
      }
      throw new Error("sample: needs the package of the backbone, got a picture without it");
    }))
  );
}
