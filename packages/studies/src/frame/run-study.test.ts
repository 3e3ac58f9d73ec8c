import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { studyMarkdown } from "../shown/study-markdown.ts";
import { writeStudy } from "../shown/write-study.ts";
import { runStudy, type StudyProgress } from "./run-study.ts";
import type { Study } from "./study.ts";
import { studyResult } from "./study-result.ts";

/** Computes x² + seed, and counts how often. */
function squares(): { readonly study: Study; readonly computed: number[] } {
  const computed: number[] = [];
  const size = { settings: { plus: 1 }, seeds: [0, 1, 2] };
  const study: Study = {
    name: "squares",
    about: "squares of numbers",
    where: "nowhere",
    cell: {
      name: "square",
      async compute({ x, plus }, { seed, signal, onProgress }) {
        onProgress?.({ stage: "square", done: 1, total: 1 });
        signal?.throwIfAborted();
        computed.push(x as number);
        return { value: (x as number) ** 2 * (plus as number) + seed / 100 };
      },
    },
    configurations: {
      two: { about: "two", settings: { x: 2 } },
      three: { about: "three", settings: { x: 3 } },
    },
    sizes: { quick: size, full: { ...size, seeds: [0, 1, 2, 3] } },
    metrics: { value: { about: "the square", better: "less" } },
    claims: [{ text: "2² is below 3²", where: "school", rule: [{ less: ["two", "value"], more: ["three", "value"] }] }],
    paper: [{ what: "by hand", values: { two: 4 } }],
    notes: ["two | three"],
  };
  return { study, computed };
}

const folder = (): string => mkdtempSync(join(tmpdir(), "gmem-study-"));

describe("a study", () => {
  it("computes each configuration with each seed, says what is left, and judges by its rule", async () => {
    const { study } = squares();
    const said: StudyProgress[] = [];
    const out = folder();
    const result = await runStudy(study, { size: "quick", out, onProgress: (progress) => said.push(progress) });
    expect(result.claims.map(({ verdict }) => verdict)).toEqual(["holds"]);
    expect(result.numbers.find(({ configuration }) => configuration === "three")?.value).toBeCloseTo(9.01, 10);
    expect(said.map(({ done, total, note }) => [done, total, note])).toContainEqual([2, 6, "two, seed 1: square 1/1"]);
    expect(said.at(-1)).toEqual({ done: 6, total: 6, note: "judged", secondsLeft: 0 });
    expect(said.find(({ done }) => done === 3)?.secondsLeft).toBeGreaterThanOrEqual(0);
  });

  it("goes on where it was stopped, and computes nothing twice, for another size neither", async () => {
    const { study, computed } = squares();
    const out = folder();
    const stop = new AbortController();
    const stopped = runStudy(study, {
      size: "quick",
      out,
      signal: stop.signal,
      onProgress: ({ done }) => done === 4 && stop.abort(),
    });
    await expect(stopped).rejects.toThrow();
    expect(studyResult(study, { size: "quick", out }).cells).toEqual({ done: 4, total: 6 });
    await runStudy(study, { size: "quick", out });
    await runStudy(study, { size: "full", out });
    expect(computed.length).toBe(8);
    const again = await runStudy(study, { size: "full", out });
    expect(computed.length).toBe(8);
    expect(again).toEqual(studyResult(study, { size: "full", out }));
  });

  it("shows a half that was run as such, and a study that was not run without a verdict", async () => {
    const { study } = squares();
    const out = folder();
    const none = studyResult(study, { size: "quick", out });
    expect([none.claims[0]?.verdict, none.cells]).toEqual(["not run", { done: 0, total: 6 }]);
    expect(existsSync(join(out, "cells"))).toBe(false);
  });

  it("refuses a file that is no cell by its name, and a number that is none", async () => {
    const { study } = squares();
    const out = folder();
    await runStudy(study, { size: "quick", out });
    const [file = ""] = readdirSync(join(out, "cells"));
    const whole = readFileSync(join(out, "cells", file), "utf8");
    writeFileSync(join(out, "cells", file), whole.slice(0, 50));
    await expect(runStudy(study, { size: "quick", out })).rejects.toThrow(file);
    const cell = { name: "nothing", compute: async () => ({ value: Number.NaN }) };
    await expect(runStudy({ ...study, cell }, { size: "quick", out })).rejects.toThrow(/study squares, two, seed 0/);
  });

  it("refuses names that stand for nothing and two seeds", async () => {
    const { study } = squares();
    const run = (other: Partial<Study>): Promise<unknown> =>
      runStudy({ ...study, ...other }, { size: "quick", out: folder() });
    const claim = { text: "", where: "", rule: [{ less: ["tow", "value"] as const, more: 3 }] };
    await expect(run({ claims: [claim] })).rejects.toThrow(/"tow"\. Did you mean "two"/);
    const few = { settings: {}, seeds: [0, 1, 1] };
    await expect(run({ sizes: { quick: few, full: few } })).rejects.toThrow(/at least 3 seeds, got 2/);
  });

  it("is written as a table with the paper's numbers beside, and a plot", async () => {
    const { study } = squares();
    const options = { size: "quick", out: folder() } as const;
    const result = await runStudy(study, options);
    const files = await writeStudy(study, result, options);
    expect(files.map((file) => file.slice(options.out.length))).toEqual(
      ["result.json", "numbers.svg", "study.md"].map((file) => `/squares-quick/${file}`),
    );
    const text = studyMarkdown(study, result, ["numbers.svg"]);
    expect(readFileSync(files.at(-1) as string, "utf8")).toBe(text);
    expect(text).toContain("| two | two | 4.01 [3.99, 4.03] | 4.00 |");
    expect(text).toContain(
      "| 2² is below 3² | school | value: two 4.01 [3.99, 4.03], three 9.01 [8.99, 9.03] | holds |",
    );
    expect(text).toContain("| 1 | two.value < three.value | 5.00 [5.00, 5.00] | holds |");
    expect(JSON.parse(readFileSync(files[0] as string, "utf8"))).toEqual(JSON.parse(JSON.stringify(result)));
  });
});
