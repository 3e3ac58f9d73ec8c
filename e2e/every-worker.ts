import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { folderHashes } from "../apps/work/test/folder-hashes.ts";
import { noRedis, startRedis } from "../packages/jobs/test/redis.ts";
import { must } from "./must.ts";
import { root, run } from "./repository.ts";
import type { Steps } from "./steps.ts";

/** Photographs that are encoded, and samples that are drawn. */
const count = Number(process.env.GMEM_PHOTOGRAPHS ?? 5000);
const source = join(root, "..", "shared", "data", "cifar10-5k");

/** Who does the work. */
interface Way {
  readonly name: string;
  readonly workers: number;
  /** By a Redis, on which they work in a program of their own. */
  readonly isQueued?: true;
  /** All threads of all processes share one core: a worker always has some beside that of its network. */
  readonly isPinned?: true;
}

const ways: readonly Way[] = [
  { name: "one process on one core", workers: 1, isPinned: true },
  { name: "one process", workers: 1 },
  { name: "two processes", workers: 2 },
  { name: "Redis and one process", workers: 1, isQueued: true },
  { name: "Redis and four processes", workers: 4, isQueued: true },
];

/** What one way took, in seconds by part, and the hash of what came of each. */
type Outcome = Readonly<Record<string, { readonly seconds: number; readonly hash: string }>>;

/** 5,000 photographs to latents, snippets and a bank, 5,000 samples and all metrics, by one process and by many: by hand. */
export async function everyWorker({ step, skip }: Steps): Promise<void> {
  const name = `latents, snippets, bank, samples and metrics of ${count} photographs are the same, whoever computes them`;
  if (!existsSync(source)) return skip(name, `needs photographs in ${source}`);
  if (noRedis) return skip(name, noRedis);
  const folder = mkdtempSync(join(tmpdir(), "gmem-workers-"));
  const outcomes = new Map<Way, Outcome>();
  try {
    await step(`a run on ${count} photographs`, () => prepare(folder));
    for (const way of ways) {
      if (way.isPinned && spawnSync("taskset", ["--version"]).status !== 0)
        skip(way.name, "taskset of util-linux is not here");
      else
        await step(way.name, async () => {
          const outcome = await workedBy(way, folder);
          outcomes.set(way, outcome);
          const [first = outcome] = outcomes.values();
          for (const [part, { hash }] of Object.entries(outcome))
            must(hash === first[part]?.hash, `${part} must be the same, got ${hash} and before ${first[part]?.hash}`);
          return inSeconds(outcome);
        });
    }
    await step(name, () => ratios(outcomes));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const cli = (app: string): string => join(root, "apps", app, "dist/cli.js");

/** Photographs of all classes, and a run of a few steps: how good it is does not matter. */
function prepare(folder: string): string {
  const classes = readdirSync(source).sort();
  for (const [i, name] of classes.entries()) {
    mkdirSync(join(folder, "photographs", name), { recursive: true });
    const share = Math.floor(count / classes.length) + (i < count % classes.length ? 1 : 0);
    for (const file of readdirSync(join(source, name)).sort().slice(0, share))
      cpSync(join(source, name, file), join(folder, "photographs", name, file));
  }
  const settings = ["data=photographs", "name=run", "runs=.", "steps=20", "engine.threads=1", "image.heldOut=20"];
  const drawing = ["sampler.solver=heun", "sampler.steps=5", "sampleEvery=20"];
  run(process.execPath, [cli("train"), "run", "cifar-nano", ...settings, ...drawing], folder);
  return "";
}

async function workedBy(way: Way, folder: string): Promise<Outcome> {
  const own = join(folder, way.name.replaceAll(" ", "-"));
  mkdirSync(own);
  cpSync(join(folder, "run"), join(own, "run"), { recursive: true });
  const places = ["--store", join(own, "store"), "--scratch", join(own, "scratch")];
  const redis = way.isQueued ? await startRedis() : undefined;
  const flags = [...places, ...(redis ? ["--queue", redis.url] : ["--workers", `${way.workers}`])];
  let worker: ChildProcess | undefined;
  if (redis) {
    const args = [cli("work"), "start", ...flags, "--workers", `${way.workers}`];
    worker = spawn(process.execPath, args, { stdio: "ignore" });
  }
  try {
    return computed(own, { photographs: join(folder, "photographs"), flags, way });
  } finally {
    if (worker && worker.exitCode === null) {
      worker.kill("SIGTERM");
      await once(worker, "exit");
    }
    await redis?.stop();
  }
}

interface Work {
  readonly photographs: string;
  readonly flags: readonly string[];
  readonly way: Way;
}

/** The commands that a person gives, one after the other. */
function computed(own: string, { photographs, flags, way }: Work): Outcome {
  const outcome: Record<string, Outcome[string]> = {};
  const part = (name: string, args: readonly string[], hashOf: (stdout: string) => string): void => {
    const [program = "", ...rest] = [...(way.isPinned ? ["taskset", "-c", "0"] : []), process.execPath, ...args];
    const start = performance.now();
    const stdout = run(program, [...rest, ...flags], own);
    outcome[name] = { seconds: (performance.now() - start) / 1000, hash: hashOf(stdout) };
  };
  const filesOf = (name: string) => (): string => folderHash(join(own, name));
  const latents = ["latents", "cifar-nano", `data=${photographs}`, "--snippets", "--shard-rows", "256"];
  part("latents and snippets", [cli("train"), ...latents, "--out", "latents"], filesOf("latents"));
  const bank = ["bank", "build", photographs, "--rank", "16", "--out", "bank"];
  part("bank", [cli("train"), ...bank], filesOf("bank"));
  part("samples", [cli("work"), "submit", "samples", "run", "--count", `${count}`], filesOf("run/samples/evaluation"));
  const [drawn = ""] = readdirSync(join(own, "run/samples/evaluation"));
  const sides = [photographs, join("run/samples/evaluation", drawn), "--cache", "features", "--json"];
  part("metrics", [cli("evaluate"), "folders", ...sides], (stdout) => sha256(stdout));
  return outcome;
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 16);

/** Of the names and bytes of all files. */
function folderHash(folder: string): string {
  const hashes = folderHashes(folder);
  must(Object.keys(hashes).length > 0, `${folder} must hold files, got none`);
  return sha256(JSON.stringify(hashes));
}

const sum = (outcome: Outcome): number => Object.values(outcome).reduce((total, { seconds }) => total + seconds, 0);
const inSeconds = (outcome: Outcome): string =>
  [
    ...Object.entries(outcome).map(([part, { seconds }]) => `${part} ${seconds.toFixed(1)} s`),
    `${sum(outcome).toFixed(1)} s in all`,
  ].join(", ");

/** How many times as fast two processes are as each way of one. */
function ratios(outcomes: ReadonlyMap<Way, Outcome>): string {
  must(outcomes.size > 1, "at least two ways must have come to their end");
  const two = [...outcomes].find(([{ workers, isQueued }]) => workers === 2 && !isQueued)?.[1];
  if (!two) return "";
  const lines = [...outcomes].flatMap(([way, one]) => {
    if (way.workers !== 1 || way.isQueued) return [];
    const each = Object.keys(two).map((part) => {
      const [a, b] = [one[part]?.seconds ?? 0, two[part]?.seconds ?? 1];
      return `${part} ${(a / b).toFixed(2)}`;
    });
    return [`two processes against ${way.name}: ${each.join(", ")}, all ${(sum(one) / sum(two)).toFixed(2)} times`];
  });
  return lines.join("\n");
}
