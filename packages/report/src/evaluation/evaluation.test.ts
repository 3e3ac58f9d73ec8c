import { describe, expect, it } from "vitest";
import { comparedText, compareEvaluations } from "./compare-evaluations.ts";
import type { Evaluation, EvaluationNumber } from "./evaluation.ts";
import { evaluationCsv, evaluationLatex, evaluationMarkdown, evaluationText } from "./evaluation-formats.ts";
import { evaluationHtml } from "./evaluation-html.ts";
import { histogram } from "./histogram.ts";
import { printedNumber } from "./printed-number.ts";
import { publishedNumbers, publishedSets, publishedSetting } from "./published-numbers.ts";

function number(value: number, half: number | null, more: Partial<EvaluationNumber> = {}): EvaluationNumber {
  const ends = half === null ? { low: null, high: null } : { low: value - half, high: value + half };
  return {
    metric: "FID",
    value,
    interval: { ...ends, level: 0.95, method: "jackknife of 6 groups" },
    counts: { real: 5000, fake: 5000 },
    protocol: "adm",
    options: { features: "inception", resize: "tf1" },
    warnings: ["5000 images: the distance is biased upwards"],
    printed: printedNumber(value, ends),
    ...more,
  };
}

const side = { path: "a & b", pictures: 5000, sizes: { "32x32": 5000 }, formats: { png: 5000 }, leftOut: [] };
const evaluation = (numbers: readonly EvaluationNumber[], content = "x"): Evaluation => ({
  format: "gmem-evaluation-1",
  title: "<run>",
  real: { ...side, content },
  fake: side,
  numbers,
  leftOut: [{ metric: "cmmd", reason: "needs clip" }],
  shares: [
    {
      metric: "FID",
      by: "class",
      parts: [
        { name: "cat", share: 0.75, real: 10 },
        { name: "dog", share: 0.25, real: 10 },
      ],
    },
  ],
  versions: { node: "20" },
});

describe("the numbers of the paper", () => {
  it("have a table, a setting and digits for FID, and nothing for other metrics", () => {
    for (const set of publishedSets) {
      const numbers = publishedNumbers(set, "FID");
      expect(numbers.length).toBeGreaterThan(1);
      for (const { value, place } of numbers) {
        expect(value).toMatch(/^\d+\.\d\d?$/);
        expect(publishedSetting(set)).toContain(place);
      }
      expect(publishedNumbers(set, "KID")).toEqual([]);
    }
    expect(publishedNumbers("imagenet-256-ablation", "FID")).toContainEqual({
      of: "no SVD",
      place: "Table 11",
      value: "5.85",
    });
  });
});

describe("an evaluation", () => {
  const one = evaluation([number(7.49123, 0.1234, { published: publishedNumbers("cifar10", "FID").slice(-1) })]);

  it("has the same digits in every format, two of the interval's half width", () => {
    for (const text of [
      evaluationText(one),
      evaluationMarkdown(one),
      evaluationLatex(one),
      evaluationCsv(one),
      evaluationHtml(one),
    ])
      for (const digits of ["7.49", "7.37", "7.61", "1.22 (GMem, 450 epochs, Table 1)"]) expect(text).toContain(digits);
    expect(printedNumber(0.00123, { low: 0.001, high: 0.0015 }).value).toBe("0.00123");
    expect(printedNumber(123.4, { low: 100, high: 150 }).value).toBe("123.40");
    expect(printedNumber(1, { low: null, high: null })).toEqual({ value: "1.000", low: "–", high: "–" });
  });

  it("is one page without script or request, whose text is text", () => {
    const html = evaluationHtml(one, {
      images: [{ title: "fakes", png: Uint8Array.of(1, 2) }],
      charts: [{ title: "distances", x: "d", y: "share", series: histogram({ a: [1, 2, 2, 4], b: [3] }) }],
    });
    for (const part of ["&lt;run&gt;", "a &amp; b", "data:image/png;base64,AQI=", "<svg", "75.0 %", "cmmd needs clip"])
      expect(html).toContain(part);
    expect(html).not.toMatch(/<script|src="http|href="http/);
  });

  it("differs from another by more than chance where the intervals together do not explain it", () => {
    const mark = (a: Evaluation, b: Evaluation) => compareEvaluations([a, b])[0]?.differs[0];
    expect(mark(evaluation([number(7, 0.1)]), evaluation([number(7.2, 0.1)]))).toBe(true);
    expect(mark(evaluation([number(7, 0.1)]), evaluation([number(7.1, 0.1)]))).toBe(false);
    expect(mark(evaluation([number(7, 0.1)]), evaluation([number(9, 0.1)], "other"))).toBeUndefined();
    expect(mark(evaluation([number(7, 0.1)]), evaluation([number(9, null)]))).toBeUndefined();
    const fewer = number(9, 0.1, { counts: { real: 5000, fake: 100 } });
    expect(mark(evaluation([number(7, 0.1)]), evaluation([fewer]))).toBeUndefined();
    const text = comparedText(
      ["a", "b"],
      compareEvaluations([evaluation([number(7, 0.1)]), evaluation([number(7.2, 0.1)])]),
    );
    expect(text).toMatch(
      /^metric +a +b +protocol\nFID +7\.000 \[6\.900, 7\.100\] +7\.200 \[7\.100, 7\.300\] \* +adm, inception/,
    );
  });
});

it("a histogram counts every value once, the last bin's edge too", () => {
  const [series] = histogram({ a: [0, 1, 2, 3] }, 3);
  expect(series?.points.map(({ y }) => y)).toEqual([0.25, 0.25, 0.5]);
});
