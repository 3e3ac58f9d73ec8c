import { mkdirSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig, runFiles, trainRun } from "@gmem/runs";
import { array, key } from "@gmem/tensor";
import { writeSafetensors } from "@gmem/weights";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { noRedis, type RedisServer, startRedis } from "../../../packages/jobs/test/redis.ts";
import { finishProgram } from "../test/finish-program.ts";
import { folderHashes } from "../test/folder-hashes.ts";
import { begin, type Finished, type Running, work } from "../test/work.ts";

const folder = mkdtempSync(join(tmpdir(), "gmem-any-command-"));
const at = (...path: string[]): string => join(folder, ...path);
const places = ["--store", at("store"), "--scratch", at("scratch")];
const run = async (program: "evaluate" | "train", ...args: readonly string[]): Promise<Finished> => {
  const finished = await finishProgram(program, args);
  expect(finished.status, finished.stderr).toBe(0);
  return finished;
};
const few = ["image.count=90", "encoder.clusters=16", "encoder.dim=16", "encoder.patches=2000"];

/** 258 pictures, which are two shards, and a few others. */
beforeAll(async () => {
  for (const [name, count] of [
    ["real", 258],
    ["fake", 40],
  ] as const) {
    const noise = key(count).uniform([count * 8 * 8 * 3]).data;
    const bytes = Int32Array.from(noise, (x) => Math.floor(256 * x));
    await writeSafetensors(at(`${name}.safetensors`), { pictures: array(bytes, [count, 8, 8, 3], "i32") });
  }
});

it("gmem-evaluate folders gives the same numbers with three processes as alone", async () => {
  const sides = [at("real.safetensors"), at("fake.safetensors"), "--metrics", "prdc,kid", "--json"];
  const plain = await run("evaluate", "folders", ...sides, "--threads", "1", "--no-cache");
  const shared = await run("evaluate", "folders", ...sides, "--workers", "3", "--cache", at("shared"), ...places);
  expect(JSON.parse(shared.stdout)).toEqual(JSON.parse(plain.stdout));
  expect(shared.stderr).toMatch(/features of 258 reused/);
});

/** A run of two steps, with a bank. */
async function trained(name: string): Promise<string> {
  const config = await loadConfig("scenes-tiny", [
    ...["data=scenes", "image.count=40", "image.heldOut=10", "steps=2", "batch=4", ...few.slice(1)],
    ...["backbone.depth=1", "backbone.hiddenSize=32", "backbone.heads=2", "sampler.solver=euler", "sampler.steps=4"],
    ...[`name=${name}`, `runs=${folder}`, "engine.threads=1"],
  ]);
  await trainRun(config, { files: runFiles(at(name)), resume: false });
  return at(name);
}

it("gmem-evaluate run gives the same numbers with one process and with three as alone, and they compute all features", async () => {
  const folder = await trained("run");
  const command = ["run", folder, "--count", "70", "--metrics", "prdc", "--json", "--threads", "1"];
  const plain = await run("evaluate", ...command, "--memory", "--no-cache");
  for (const workers of ["1", "3"]) {
    const [cache, store] = [at(`run-cache-${workers}`), at(`store-run-${workers}`)];
    const own = ["--workers", workers, "--cache", cache, "--store", store, "--scratch", at(`scratch-run-${workers}`)];
    const shared = await run("evaluate", ...command, ...own);
    expect(JSON.parse(shared.stdout)).toEqual(JSON.parse(plain.stdout));
    for (const side of ["40 pictures of .*", "10 pictures of .*", "70 pictures of .*"])
      expect(shared.stderr).toMatch(new RegExp(`${side}, features of ${side.slice(0, 2)} reused`));
    const { jobs } = JSON.parse((await work(["status", "--all", "--store", store, "--json"])).stdout);
    expect(jobs.map(({ kind }: { readonly kind: string }) => kind).sort()).toEqual([
      ...["features", "features", "features", "samples"],
    ]);
  }
  expect(readdirSync(join(folder, "samples", "evaluation"))).toHaveLength(1);
}, 90_000);

it("gmem-train export writes the same files with one process and with three as alone", async () => {
  const folder = await trained("exported");
  const plain = await run("train", "export", folder, "--json", "--out", at("onnx"));
  const wanted = folderHashes(at("onnx"));
  expect(Object.keys(wanted)).toEqual(expect.arrayContaining(["backbone.onnx", "encoder.onnx", "export.json"]));
  for (const workers of ["1", "3"]) {
    const out = at(`onnx-${workers}`);
    const store = ["--store", at(`store-onnx-${workers}`), "--scratch", at(`scratch-onnx-${workers}`)];
    const shared = await run("train", "export", folder, "--json", "--out", out, "--workers", workers, ...store);
    expect(folderHashes(out)).toEqual(wanted);
    expect(JSON.parse(shared.stdout.replaceAll(out, at("onnx")))).toEqual(JSON.parse(plain.stdout));
  }
  expect(
    readdirSync(folder)
      .concat(readdirSync(at()))
      .filter((name) => name.includes(".part-")),
  ).toEqual([]);
}, 60_000);

it("what cannot be done is refused before anything is queued, by every command", async () => {
  const nowhere = ["--workers", "1", "--store", at("store-refused")];
  const pictures = at("real.safetensors");
  for (const [program, args, rule] of [
    ["evaluate", ["folders", pictures, at("nowhere")], /which does not exist/],
    ["evaluate", ["folders", pictures, pictures, "--metrics", "fidd"], /Did you mean "fid"\?/],
    ["evaluate", ["folders", pictures, pictures, "--no-cache"], /--no-cache: several processes share features/],
    ["evaluate", ["study", "svdd", "--out", at("studies")], /Did you mean "svd"\?/],
    ["train", ["latents", "cifar-nano", "data=nowhere", "--out", at("none")], /nowhere/],
    ["train", ["export", at("nowhere")], /nowhere/],
    ["train", ["bank", "build", "scenes", "--encoder", "x", "--out", at("none")], /--encoder: a bank that is shared/],
  ] as const) {
    const { status, stderr } = await finishProgram(program, [...args, ...nowhere]);
    expect(status, stderr).not.toBe(0);
    expect(stderr).toMatch(rule);
  }
  mkdirSync(at("store-refused"), { recursive: true }); // most are refused before there is one
  const { stdout } = await work(["status", "--store", at("store-refused"), "--json"]);
  expect(JSON.parse(stdout).jobs).toEqual([]);
});

if (noRedis) it.skip(`a worker of Redis (skipped: ${noRedis})`, () => undefined);
describe.skipIf(noRedis)("a worker of Redis", () => {
  let redis: RedisServer;
  let worker: Running;
  let queue: readonly string[];
  beforeAll(async () => {
    redis = await startRedis();
    queue = ["--queue", redis.url, ...places];
    worker = begin(["start", "--workers", "2", ...queue]);
  });
  afterAll(async () => {
    worker.child.kill("SIGKILL");
    await redis.stop();
  });

  it("computes what gmem-evaluate statistics gives to it, to the same bytes", async () => {
    const command = ["statistics", at("real.safetensors")];
    await run("evaluate", ...command, "--threads", "1", "--no-cache", "--out", at("plain.npz"));
    await run("evaluate", ...command, "--cache", at("redis"), "--out", at("shared.npz"), ...queue);
    expect(readFileSync(at("shared.npz")).equals(readFileSync(at("plain.npz")))).toBe(true);
  });

  it("computes what gmem-train latents and bank build give to it, to the same bytes", async () => {
    const latents = [
      "latents",
      "cifar-nano",
      "data=scenes",
      "image.size=16",
      ...few,
      "--snippets",
      "--shard-rows",
      "20",
    ];
    await run("train", ...latents, "engine.threads=1", "--out", at("plain-latents"));
    await run("train", ...latents, "--out", at("latents"), ...queue);
    expect(Object.keys(folderHashes(at("latents"))).length).toBeGreaterThan(5);
    expect(folderHashes(at("latents"))).toEqual(folderHashes(at("plain-latents")));
    const bank = ["bank", "build", "scenes", ...few, "--size", "16", "--rank", "4"];
    await run("train", ...bank, "engine.threads=1", "--out", at("plain-bank"));
    await run("train", ...bank, "--out", at("bank"), ...queue);
    expect(folderHashes(at("bank"))).toEqual(folderHashes(at("plain-bank")));
  });

  it("computes what gmem-train export gives to it, to the same bytes", async () => {
    const folder = await trained("exported-by-redis");
    await run("train", "export", folder, "--out", at("onnx-alone"));
    await run("train", "export", folder, "--out", at("onnx-redis"), ...queue);
    expect(folderHashes(at("onnx-redis"))).toEqual(folderHashes(at("onnx-alone")));
  });
});
