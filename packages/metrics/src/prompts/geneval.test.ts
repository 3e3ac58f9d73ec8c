import { describe, expect, it } from "vitest";
import { checkVerbatim, genevalFolder, genevalPrompts } from "./geneval-prompts.ts";
import { genevalScores } from "./geneval-scores.ts";

const line = (tag: string, prompt: string): string =>
  JSON.stringify({ tag, include: [{ class: "cup", count: 1 }], prompt });
const prompts = genevalPrompts(
  `${line("single_object", "a photo of a cup")}\n${line("counting", "a photo of two cups")}\n\n`,
);
/** What evaluate_images.py writes of picture k of prompt i. */
const result = (index: number, k: number, others = {}): string =>
  JSON.stringify({
    filename: `pictures/0000${index}/samples/000${k}.png`,
    tag: index === 0 ? "single_object" : "counting",
    prompt: prompts[index]?.prompt,
    correct: k < 2 - index,
    reason: "",
    metadata: prompts[index]?.metadata,
    details: "{}",
    ...others,
  });
const all = [0, 1].flatMap((index) => [0, 1, 2, 3].map((k) => result(index, k)));

describe("GenEval's metadata", () => {
  it("gives prompts in order with their tasks, and each its folder, line and four pictures", () => {
    expect(prompts.map(({ index, task, prompt }) => [index, task, prompt])).toEqual([
      [0, "single object", "a photo of a cup"],
      [1, "counting", "a photo of two cups"],
    ]);
    expect(JSON.parse(prompts[1]?.metadata ?? "")).toEqual(JSON.parse(line("counting", "a photo of two cups")));
    expect(genevalFolder({ index: 123 }, { imagesPerPrompt: 2 })).toEqual({
      folder: "00123",
      metadata: "00123/metadata.jsonl",
      images: ["00123/samples/0000.png", "00123/samples/0001.png"],
    });
  });
  it("is refused by the line: no JSON, another tag, no prompt, nothing at all", () => {
    expect(() => genevalPrompts(`${line("counting", "x")}\n{`)).toThrow(/line 2: must be JSON/);
    expect(() => genevalPrompts(line("colours", "x"))).toThrow(/tag must be one of .*colors.*, got "colours"/);
    expect(() => genevalPrompts(line("colors", " "))).toThrow(/line 1: must have a prompt/);
    expect(() => genevalPrompts("[1]")).toThrow(/must be an object/);
    expect(() => genevalPrompts("\n")).toThrow(/empty file/);
  });
});

describe("GenEval's results", () => {
  it("are shares by task with intervals, the mean of the tasks, and shares of pictures and prompts", () => {
    const { tasks, overall, counts, correct, warnings } = genevalScores(all.join("\n"), prompts);
    expect(tasks.map(({ task, solved, count }) => [task, solved, count])).toEqual([
      ["single object", 2, 4],
      ["counting", 1, 4],
    ]);
    expect(overall.value).toBe(0.375);
    expect(overall.low).toBeLessThan(0.375);
    expect([counts, correct]).toEqual([
      { images: 8, prompts: 2 },
      { images: 0.375, prompts: 1 },
    ]);
    expect(warnings).toEqual(["2 prompts, where the published set has 553"]);
  });
  it("of a rewritten prompt, another task, another folder or the same picture twice are refused", () => {
    const read = (...lines: string[]) => genevalScores(lines.join("\n"), prompts);
    expect(() => read(result(0, 0, { prompt: "a photograph of a cup" }))).toThrow(
      /prompt 0 must be "a photo of a cup" as in the metadata, got "a photograph of a cup"/,
    );
    expect(() => read(result(0, 0, { tag: "counting" }))).toThrow(/tag of prompt 0/);
    expect(() => read(result(0, 0, { filename: "00007/samples/0000.png" }))).toThrow(/one of the metadata's 2/);
    expect(() => read(result(0, 1), result(0, 1))).toThrow(/line 2: each picture must be there once/);
    expect(() => read(result(0, 1, { correct: "yes" }))).toThrow(/line 1: must have filename/);
    expect(() => read()).toThrow(expect.objectContaining({ code: "DATA" }));
  });
  it("say which prompts have no pictures, and which not four", () => {
    expect(genevalScores(all.slice(0, 3).join("\n"), prompts).warnings).toEqual([
      "1 of 2 prompts have no pictures",
      "1 prompts have not 4 pictures, as the benchmark asks for",
      "2 prompts, where the published set has 553",
    ]);
  });
});

it("prompts that were used must be the metadata's, word for word", () => {
  checkVerbatim(prompts, prompts);
  expect(() => checkVerbatim(prompts, [{ index: 1, prompt: "A photo of two cups" }])).toThrow(/do not compare/);
});
