import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { evaluate } from "../../../test/evaluate.ts";
import { textRun } from "../../../test/text-run.ts";

const folder = mkdtempSync(join(tmpdir(), "gmem-prompts-scenes-"));
const at = (...path: string[]): string => join(folder, ...path);

beforeAll(() => textRun(at("run")));

describe("gmem-evaluate prompts scenes", () => {
  it("scores every task with its interval, beside other prompts and real scenes; the same twice", async () => {
    const prompts = (...more: string[]) => evaluate("prompts", "scenes", at("run"), "--count", "12", "--json", ...more);
    const { status, stdout, stderr } = await prompts();
    expect(status, stderr).toBe(0);
    const { numbers, real } = JSON.parse(stdout);
    const of = (against?: string): Record<string, [number, number]> =>
      Object.fromEntries(
        numbers
          .filter((number: { against?: string }) => number.against === against)
          .map((n: { metric: string; value: number; counts: { fake: number } }) => [
            n.metric,
            [n.value, n.counts.fake],
          ]),
      );
    expect(Object.entries(of()).map(([task, [, count]]) => [task, count])).toEqual([
      ["single object", 3],
      ["two objects", 6],
      ["counting", 3],
      ["colours", 3],
      ["position", 6],
      ["colour attribution", 9],
      ["everything asked for", 12],
    ]);
    const everything = (against?: string): number => of(against)["everything asked for"]?.[0] as number;
    expect(everything("real scenes of the prompts")).toBeGreaterThan(0.7);
    expect(everything()).toBeLessThan(0.3); // two steps teach nothing
    expect(everything("other prompts")).toBeLessThan(0.3);
    expect(real.content).toMatch(/^[\da-f]{16}$/);
    const again = JSON.parse((await prompts("--out", at("out"))).stdout);
    expect(again.numbers).toEqual(numbers);
    const other = JSON.parse((await prompts("--seed", "1", "--cfg", "2", "--out", at("other"))).stdout);
    expect(other.real.content).not.toBe(real.content);
    expect(other.numbers[0].options).toMatchObject({ cfg: 2 });
    expect(readFileSync(at("run", "evaluation", "prompts", "report.html"), "utf8")).toContain("The first 12 prompts");
    const table = await evaluate("compare", at("out"), at("other"));
    expect(table.stdout).toMatch(/counting .*scenes, checkScene/);
  });

  it("holds a budget against the model's numbers alone", async () => {
    const held = (rule: string) =>
      evaluate("prompts", "scenes", at("run"), "--count", "4", "--out", at("budget"), "--fail-if", rule);
    expect(await held("everything asked for<0.9")).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/failed +everything asked for<0\.9/),
    });
    expect((await held("everything asked for>0.9")).status).toBe(0); // real scenes carry more
  });

  it("refuses runs that take no text, and counts that cannot be, with nothing written", async () => {
    await textRun(at("labels"), ["conditioner.kind=unconditional"]);
    expect(await evaluate("prompts", "scenes", at("labels"))).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/must be of data=scenes and conditioned on text/),
    });
    expect(existsSync(at("labels", "evaluation"))).toBe(false);
    expect(await evaluate("prompts", "scenes", at("run"), "--count", "0")).toMatchObject({ status: 2 });
  });
});
