import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig, runFiles, trainRun } from "@gmem/runs";
import { beforeAll, describe, expect, it } from "vitest";
import { evaluate } from "../test/evaluate.ts";
import { textRun } from "../test/text-run.ts";

const folder = mkdtempSync(join(tmpdir(), "gmem-evaluate-run-"));
const at = (...path: string[]): string => join(folder, ...path);
const small = [
  ...["image.count=60", "image.heldOut=18", "encoder.clusters=8", "encoder.dim=8", "encoder.patches=500"],
  ...["backbone.depth=1", "backbone.hiddenSize=32", "backbone.heads=2", "sampler.steps=2", "batch=8", "steps=2"],
];

beforeAll(async () => {
  const config = await loadConfig("scenes-tiny", [...small, "name=run", `runs=${folder}`]);
  await trainRun(config, { files: runFiles(at("run")), resume: false });
}, 300_000);

describe("gmem-evaluate run", () => {
  const run = (...more: string[]) =>
    evaluate("run", at("run"), "--count", "16", "--metrics", "prdc", "--cache", at("cache"), ...more, "--json");

  it("measures samples against training and held-out pictures, looks for copies, and checks the snippets", async () => {
    const { status, stdout, stderr } = await run();
    expect(status, stderr).toBe(0);
    const { numbers, facts } = JSON.parse(stdout);
    expect(facts["memory bank"]).toMatch(/^60 × 8, \d+ duplicates?, nearest other row at cosine/);
    const against = (metric: string): string[] =>
      numbers
        .filter((number: { metric: string }) => number.metric === metric)
        .map((n: { against: string }) => n.against);
    expect(against("precision")).toEqual(["training pictures", "held-out pictures", "held-out as samples"]);
    expect(against("nearer than held-out")).toEqual(["training pictures"]);
    expect(against("snippet followed")).toEqual(["bank"]);
    const page = readFileSync(at("run", "evaluation", "report.html"), "utf8");
    for (const part of [
      "<td>memory bank</td><td>60 × 8",
      "Distance to the nearest training picture",
      "nearest training pictures, a row each",
    ])
      expect(page).toContain(part);
    const [samples = ""] = readdirSync(at("run", "samples", "evaluation"));
    expect(readdirSync(at("run", "samples", "evaluation", samples))).toHaveLength(16);
    const again = await run();
    expect(JSON.parse(again.stdout)).toEqual(JSON.parse(stdout));
    expect(again.stderr).toMatch(/features of 16 reused/);
    const table = await evaluate("compare", at("run"), at("run", "evaluation"));
    expect(table.stdout).toMatch(/precision +[\d.]+ \[/);
    expect(table.stdout).not.toMatch(/\] \*/);
  });

  it("draws texts in turn where text conditions the run, and asks for them", async () => {
    await textRun(at("texts"));
    writeFileSync(at("texts.txt"), "a red circle\n\na blue square\n");
    const text = (...more: string[]) =>
      evaluate("run", at("texts"), "--count", "16", "--metrics", "prdc", "--no-cache", ...more);
    expect(await text()).toMatchObject({ status: 2, stderr: expect.stringContaining("give --texts FILE") });
    const other = await run("--texts", at("texts.txt"));
    expect(other).toMatchObject({ status: 2, stderr: expect.stringContaining("is for runs that are conditioned on") });
    const { status, stderr } = await text("--texts", at("texts.txt"));
    expect(status, stderr).toBe(0);
  });

  it("answers with what is missing", async () => {
    expect(await evaluate("run", at("nowhere"))).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("run folder"),
    });
    expect(await evaluate("compare", at("run"), at("nowhere"))).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("no evaluation.json"),
    });
    expect(await evaluate("compare", at("run"))).toMatchObject({ status: 2 });
  });
});
