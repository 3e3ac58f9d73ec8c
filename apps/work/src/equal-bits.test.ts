import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  buildBank,
  drawnPictures,
  encodeLatents,
  loadConfig,
  merge,
  openRun,
  presetTrees,
  runFiles,
  trainRun,
} from "@gmem/runs";
import { expect, it } from "vitest";
import { folderHashes } from "../test/folder-hashes.ts";
import { work } from "../test/work.ts";

const folder = mkdtempSync(join(tmpdir(), "gmem-work-"));
const at = (...path: string[]): string => join(folder, ...path);
/** A store of its own each time: nothing is there before. */
const places = (name: string): string[] => [
  "--store",
  at(`store-${name}`),
  "--scratch",
  at(`scratch-${name}`),
  "--json",
];
const few = ["image.count=90", "encoder.clusters=16", "encoder.dim=16", "encoder.patches=2000"];

it("latents and snippets come out the same with one process, with four and without any", async () => {
  const source = ["cifar-nano", "data=scenes", "image.size=16", ...few];
  const config = await loadConfig("cifar-nano", ["engine.threads=1", ...source.slice(1)]);
  await encodeLatents(config, { folder: at("plain"), snippets: true, shardRows: 16 });
  const wanted = folderHashes(at("plain"));
  expect(Object.keys(wanted)).toHaveLength(9); // six shards, manifest, captions, encoder
  for (const workers of ["1", "4"]) {
    const args = ["--snippets", "--shard-rows", "16", "--workers", workers, ...places(`latents-${workers}`)];
    const { status, stderr } = await work(["submit", "latents", ...source, "--out", at(`latents-${workers}`), ...args]);
    expect(status, stderr).toBe(0);
    expect(folderHashes(at(`latents-${workers}`))).toEqual(wanted);
  }
});

it("a bank's rows and its factors come out the same with three processes as without any", async () => {
  const own = { name: "bank", data: "scenes", seed: 0, image: { size: 16 }, bank: { rank: 4 }, engine: { threads: 1 } };
  const config = await loadConfig("bank", few, { bank: merge(presetTrees()["cifar-nano"] ?? {}, own) });
  await buildBank(config, { folder: at("plain-bank"), shardRows: 20 });
  const args = ["--size", "16", "--rank", "4", "--shard-rows", "20", "--workers", "3", ...places("bank")];
  const { status, stderr } = await work(["submit", "bank", "scenes", ...few, "--out", at("bank"), ...args]);
  expect(status, stderr).toBe(0);
  expect(folderHashes(at("bank"))).toEqual(folderHashes(at("plain-bank")));
});

it("samples come out the same with two processes as without any, and the next command finds them", async () => {
  const config = await loadConfig("scenes-tiny", [
    ...["data=scenes", "image.count=40", "image.heldOut=10", "conditioner.kind=unconditional", "steps=2", "batch=4"],
    ...["backbone.depth=1", "backbone.hiddenSize=32", "backbone.heads=2", "sampler.solver=euler", "sampler.steps=4"],
    ...["name=run", `runs=${folder}`, "engine.threads=1"],
  ]);
  await trainRun(config, { files: runFiles(at("run")), resume: false });
  const args = ["--count", "70", "--shard-rows", "16", "--workers", "2", ...places("samples")];
  const { status, stderr } = await work(["submit", "samples", at("run"), ...args]);
  expect(status, stderr).toBe(0);
  const run = await openRun(at("run"));
  const pictures = await drawnPictures(run, { count: 70, seed: 0, folder: at("plain-samples") });
  for (let i = 0; i < 70; i++) await pictures.at(i);
  await run.close();
  expect(Object.keys(folderHashes(at("plain-samples")))).toHaveLength(70);
  expect(folderHashes(at("run", "samples", "evaluation"))).toEqual(folderHashes(at("plain-samples")));
});
