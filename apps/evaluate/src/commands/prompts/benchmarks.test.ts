import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodePng } from "@gmem/datasets/png";
import { exportOnnx } from "@gmem/engine-onnx";
import { type Aval, array, constant, key, mean, trace } from "@gmem/tensor";
import { writeFileAtomic } from "@gmem/weights";
import { beforeAll, describe, expect, it } from "vitest";
import { evaluate } from "../../../test/evaluate.ts";
import { textRun } from "../../../test/text-run.ts";

const folder = mkdtempSync(join(tmpdir(), "gmem-prompts-benchmarks-"));
const at = (...path: string[]): string => join(folder, ...path);

beforeAll(() => textRun(at("run")));

describe("gmem-evaluate prompts geneval", () => {
  const lines = ["a photo of a red cup", "a photo of a blue dog"].map((prompt) =>
    JSON.stringify({ tag: "colors", include: [], prompt }),
  );
  const metadata = at("metadata.jsonl");
  writeFileSync(metadata, `${lines.join("\n")}\n`);
  const geneval = (...args: string[]) => evaluate("prompts", "geneval", ...args, "--metadata", metadata);

  it("draws into the official folders, once", async () => {
    const draw = () => geneval(at("run"), "--out", at("pictures"), "--per-prompt", "2");
    const { status, stdout, stderr } = await draw();
    expect(status, stderr).toBe(0);
    expect(stdout).toContain(`evaluate_images.py ${at("pictures")} --outfile results.jsonl`);
    expect(readdirSync(at("pictures", "00001", "samples"))).toEqual(["0000.png", "0001.png"]);
    expect(readFileSync(at("pictures", "00001", "metadata.jsonl"), "utf8")).toBe(lines[1]);
    expect((await draw()).stderr).toContain("0 drawn, 4 were there");
  });

  it("reads what the official program wrote, and refuses another prompt than the metadata's", async () => {
    const result = (index: number, prompt: string, correct: boolean): string =>
      JSON.stringify({ filename: `x/0000${index}/samples/0000.png`, tag: "colors", prompt, correct });
    writeFileSync(
      at("results.jsonl"),
      `${result(0, "a photo of a red cup", true)}\n${result(1, "a photo of a blue dog", false)}\n`,
    );
    const read = await geneval("--results", at("results.jsonl"), "--out", at("table"), "--fail-if", "overall<0.6");
    expect(read).toMatchObject({ status: 1, stderr: expect.stringContaining("overall<0.6: overall is 0.50") });
    expect(read.stdout).toMatch(/colours +0\.50 +\[0\.09, 0\.91\] +– +2 +geneval/);
    expect(read.stdout).toContain("2 prompts, where the published set has 553");
    expect(existsSync(at("table", "evaluation.json"))).toBe(true);
    writeFileSync(at("rewritten.jsonl"), result(0, "a high quality photo of a red cup", true));
    expect(await geneval("--results", at("rewritten.jsonl"))).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("pictures of rewritten prompts do not compare"),
    });
  });

  it("judges by a detector of one's own, which is said not to compare", async () => {
    const things = ["cup", "dog"].map((name) => ({ class: name, count: 1 }));
    const asked = [
      { tag: "two_object", include: things, prompt: "a cup and a dog" },
      {
        tag: "position",
        include: [things[0], { ...things[1], position: ["right of", 0] }],
        prompt: "a dog right of a cup",
      },
      { tag: "position", include: [things[0], { ...things[1], position: ["above", 0] }], prompt: "a dog above a cup" },
      { tag: "counting", include: [{ class: "dog", count: 2 }], prompt: "two dogs" },
      { tag: "colors", include: [{ ...things[0], color: "red" }], prompt: "a red cup" },
    ];
    writeFileSync(at("asked.jsonl"), asked.map((one) => JSON.stringify(one)).join("\n"));
    await detectorOfHalves(at("halves.onnx"), [0, 1, 0]);
    await detectorOfHalves(at("three.onnx"), [2, 1, 0]);
    const judge = (...args: string[]) =>
      evaluate("prompts", "geneval", at("run"), "--metadata", at("asked.jsonl"), "--out", at("judged"), ...args);
    const detector = ["--per-prompt", "1", "--detector", at("halves.onnx")];
    expect(await judge(...detector)).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/--classes.*halves\.txt/),
    });
    writeFileSync(at("halves.txt"), "cup\n");
    expect((await judge(...detector)).stderr).toMatch(/--classes: must name what the prompts ask for.*called dog\b/);
    expect((await judge("--per-prompt", "1", "--detector", at("nothing.onnx"))).stderr).toMatch(/nothing\.onnx/);
    expect(existsSync(at("judged"))).toBe(false); // before anything is drawn
    writeFileSync(at("few.txt"), "dog\ncup\n");
    expect(
      (await judge("--per-prompt", "1", "--detector", at("three.onnx"), "--classes", at("few.txt"))).stderr,
    ).toMatch(/one of the 2 that have a name, got 2; give all names with --classes/);
    writeFileSync(at("halves.txt"), "cup\ndog\n");
    const { status, stdout, stderr } = await judge(...detector, "--fail-if", "counting<0.5");
    expect([status, stderr]).toEqual([1, expect.stringContaining("counting<0.5: counting is 0")]);
    expect(stdout).toMatch(/two objects +1\.00/);
    expect(stdout).toMatch(/position +0\.50/);
    expect(stdout).toMatch(/halves, not comparable/);
    const results = readFileSync(at("judged", "results.jsonl"), "utf8").trim().split("\n");
    expect(results.map((line) => JSON.parse(line).reason)).toEqual([
      "",
      "",
      "dog must be above cup",
      "dog must be there 2 times, got 1",
      expect.stringMatching(/^$|^cup must be red, got [a-z]+$/), // by what the run drew
    ]);
    expect(existsSync(at("judged", "evaluation", "report.html"))).toBe(true);
    const features = await evaluate("prompts", "geneval", "--metadata", metadata, "--results", "x", ...detector);
    expect(features).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/--detector looks at what a run draws/),
    });
  });

  it("takes a run or results, not neither or both", async () => {
    expect((await geneval()).stderr).toContain("got neither");
    expect((await geneval(at("run"), "--results", at("results.jsonl"))).stderr).toContain("got both");
    const nowhere = await evaluate("prompts", "geneval", "--results", "x", "--metadata", at("nowhere"));
    expect(nowhere).toMatchObject({ status: 1, stderr: expect.stringMatching(/nowhere/) });
    expect(nowhere.stderr).not.toMatch(/^ +at /m);
    expect(await geneval(at("run"))).toMatchObject({ status: 2, stderr: expect.stringContaining("needs --out") });
  });
});

/** A cup in the left half of each picture and a dog in the right one, for pictures of 16 pixels; a cup outside, hardly seen. */
async function detectorOfHalves(path: string, labels: readonly number[]): Promise<void> {
  const x: Aval = { dtype: "f32", shape: [1, 3, 16, 16] };
  const graph = trace({ feeds: { x } }, ({ feeds }) => {
    const nothing = mean(feeds.x).mul(0);
    return {
      fetches: {
        boxes: constant(array([1, 4, 7, 12, 9, 4, 15, 12, 40, 40, 50, 50], [3, 4])).add(nothing),
        scores: constant(array([0.99, 0.95, 0.2], [3])).add(nothing),
        labels: constant(array(labels, [3], "i32")),
      },
    };
  });
  await exportOnnx(graph, { path });
}

/** A network that a distance of takes no time: means of channels and of a half of each. */
async function smallFeatures(): Promise<void> {
  const x: Aval = { dtype: "f32", shape: [13, 3, 8, 8] };
  const graph = trace({ feeds: { x } }, ({ feeds }) => ({
    fetches: { features: mean(feeds.x, { axes: [2] }).reshape([13, 24]) },
  }));
  await exportOnnx(graph, { path: at("small.onnx"), dynamicBatch: { name: "batch", feeds: ["x"] } });
  writeFileSync(at("small.json"), JSON.stringify({ resize: { size: 8, filter: "bicubic-pillow", fit: "squash" } }));
}

describe("gmem-evaluate prompts mjhq", () => {
  it("draws by category, and gives distances overall and of each", async () => {
    const ids = Array.from({ length: 16 }, (_, i) => [`p${i}`, i % 2 === 0 ? "animals" : "food"] as const);
    writeFileSync(
      at("meta_data.json"),
      JSON.stringify(Object.fromEntries(ids.map(([id, category]) => [id, { category, prompt: `a ${id}` }]))),
    );
    for (const category of ["animals", "food"]) mkdirSync(at("reference", category), { recursive: true });
    for (const [i, [id, category]] of ids.entries())
      await writeFileAtomic(at("reference", category, `${id}.png`), await encodePng(key(i).uniform([3, 24, 24])));
    const mjhq = (...args: string[]) =>
      evaluate(
        "prompts",
        "mjhq",
        ...args,
        "--metadata",
        at("meta_data.json"),
        "--out",
        at("mjhq"),
        "--no-cache",
        "--features",
        at("small.onnx"),
      );
    await smallFeatures();
    expect(await mjhq("--reference", at("reference"))).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/got none for 16, first animals\/p0\.png; draw them/),
    });
    const { status, stdout, stderr } = await mjhq(at("run"), "--reference", at("reference"), "--json");
    expect(status, stderr).toBe(0);
    expect(JSON.parse(stdout).numbers).toMatchObject(
      [
        ["all categories", 16],
        ["animals", 8],
        ["food", 8],
      ].map(([against, fake]) => ({ metric: "FD-small", against, counts: { fake } })),
    );
    expect(existsSync(at("mjhq", "evaluation", "report.html"))).toBe(true);
  });
});
