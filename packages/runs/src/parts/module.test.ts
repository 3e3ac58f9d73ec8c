import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Part } from "@gmem/spec";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { defineRun } from "../config/define-run.ts";
import { checkConfig, loadConfig, loadTree } from "../config/load.ts";
import { openBackbone } from "./backbone.ts";
import { needsOf } from "./conditioner.ts";
import { openModule } from "./module.ts";

const project = mkdtempSync(join(tmpdir(), "gmem-parts-"));
const before = process.cwd();

const code = `
export const net = (options) => ({ latent, tapAfter }) => ({ name: "net", latent, hiddenSize: options.width, config: { tapAfter }, init: 1, apply: 1 });
export const ready = () => ({ name: "ready", latent: 1, encode: 1, decode: 1 });
export const broken = () => () => { throw new Error("boom"); };
export const nothing = () => 7;
export const word = "a";
`;

beforeAll(() => {
  const folder = join(project, "node_modules", "my-net");
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({ name: "my-net", type: "module", exports: "./index.js" }),
  );
  writeFileSync(join(folder, "index.js"), code);
  process.chdir(project);
});
afterAll(() => process.chdir(before));

const from = (name: string, options: unknown = {}) => ({ package: "my-net", export: name, options });
const settings = (name: string) => ({ package: "my-net", export: name, options: {} });

describe("a part of another package", () => {
  it("is kept by package, export and options, and opened by them with what is known then", async () => {
    const net = Object.assign(() => expect.unreachable("opened from the configuration"), {
      origin: from("net", { width: 24 }),
    }) as unknown as Part<"backbone">;
    const tree = defineRun({ preset: "scenes-tiny", backbone: net });
    expect(tree.backbone).toEqual({ kind: "module", package: "my-net", export: "net", options: { width: 24 } });
    writeFileSync(join(project, "run.json"), JSON.stringify(tree));
    const config = await loadConfig("run.json", ["steps=7"]);
    expect([config.steps, config.batch, config.name]).toEqual([7, 16, "scenes-tiny"]);
    const stored = checkConfig(JSON.parse(JSON.stringify(config)), "config.json"); // as a run folder gives it back
    const opened = await openBackbone(stored, [3, 16, 16]);
    expect(opened).toMatchObject({ name: "net", latent: [3, 16, 16], hiddenSize: 24 });
    const repa = checkConfig({ ...JSON.parse(JSON.stringify(config)), objective: { repa: { depth: 3 } } }, "repa");
    expect((await openBackbone(repa, [3, 16, 16])).config).toEqual({ tapAfter: 3 });
  });

  it("may be an object that is ready", async () => {
    expect(await openModule("tokenizer", settings("ready"), {} as never)).toMatchObject({ name: "ready" });
  });

  it("says what training must have ready for a conditioner", () => {
    const part = Object.assign(() => undefined, { origin: from("ready"), needs: { labels: true } });
    const { conditioner } = defineRun({ conditioner: part as unknown as Part<"conditioner"> });
    const config = { preset: "x", name: "a", data: "scenes", steps: 1, batch: 1, image: { size: 8 }, conditioner };
    const { preset: _, ...own } = config;
    const backbone = { patchSize: 2, depth: 1, hiddenSize: 16, heads: 2 };
    expect(needsOf(checkConfig({ ...own, backbone }, "test").conditioner)).toMatchObject({ labels: true });
  });

  it("may be the data set and the solver", () => {
    const part = Object.assign(() => undefined, { origin: from("ready") });
    const tree = defineRun({ preset: "scenes-tiny", dataset: part as never, solver: part as never });
    expect(tree).toMatchObject({ data: { kind: "module" }, sampler: { solver: { kind: "module" } } });
  });

  it("is refused with what to do: not installed, no such export, no part, no origin", async () => {
    const open = (name: string, exported: string) =>
      openModule("encoder", { package: name, export: exported, options: {} }, {} as never);
    await expect(open("not-there", "x")).rejects.toThrow(
      /encoder: needs "not-there", which is not there for .*npm install/,
    );
    await expect(open("my-net", "word")).rejects.toThrow(/must export a function "word", got string/);
    await expect(open("my-net", "nothing")).rejects.toThrow(/must have id, dim, encode, got no id/);
    await expect(open("my-net", "broken")).rejects.toThrow(/encoder: broken\(…\) of "my-net".*got Error: boom/);
    expect(() => defineRun({ backbone: (() => undefined) as never })).toThrow(/backbone: .*origin/);
  });

  it("takes the place of the preset's kind, settings and all", async () => {
    writeFileSync(
      join(project, "own.yaml"),
      "preset: scenes-tiny\nencoder: { kind: module, package: my-net, export: ready }\n",
    );
    const { encoder } = await loadTree("own.yaml", []);
    expect(encoder).toEqual({ kind: "module", package: "my-net", export: "ready" });
    await expect(loadTree("own.yaml", ["encoder.clusters=3"]).then((tree) => checkConfig(tree, "own"))).rejects.toThrow(
      /unknown key "encoder\.clusters"/,
    );
  });
});
