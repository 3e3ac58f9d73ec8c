import { chart, escapeHtml, type Series } from "../chart.ts";
import { imageFigure, pageStyle, type ReportImage, table } from "../report-html.ts";
import { againstSize } from "./against-size.ts";
import type { DistanceShares, EvaluatedSide, Evaluation } from "./evaluation.ts";
import { evaluationColumns, evaluationRows, evaluationWarnings } from "./evaluation-rows.ts";

/** What the page shows besides the numbers. */
export interface EvaluationPage {
  readonly images?: readonly ReportImage[];
  readonly charts?: readonly {
    readonly title: string;
    readonly x: string;
    readonly y: string;
    readonly series: readonly Series[];
  }[];
}

/** One self-contained page of an evaluation: numbers, what they are of, warnings, shares, plots, pictures. No script, no request. */
export function evaluationHtml(evaluation: Evaluation, { images = [], charts = [] }: EvaluationPage = {}): string {
  const { title, real, fake, shares = [], leftOut, facts = {}, versions } = evaluation;
  const rows = evaluationRows(evaluation);
  const plots = [...againstSize(evaluation), ...charts];
  const columns = evaluationColumns.filter((column) => rows.some((row) => row[column] !== ""));
  const cells = (tag: "td" | "th", texts: readonly string[]): string =>
    `<tr>${texts.map((text) => `<${tag}>${escapeHtml(text)}</${tag}>`).join("")}</tr>`;
  const list = (items: readonly string[]): string =>
    items.length === 0 ? "" : `<ul>${items.map((item) => `<li>${escapeHtml(item)}</li>`).join("")}</ul>`;
  const how = evaluation.numbers.map(({ metric, interval, options }): [string, string] => [
    metric,
    `${Object.entries({ interval: interval.method, level: interval.level, ...options })
      .map(([name, value]) => `${name} ${value}`)
      .join(", ")}`,
  ]);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(title)}</title><style>${pageStyle}
.bar{display:inline-block;height:.7em;background:#3b6fb6;border-radius:2px}th{text-align:left;padding-right:.9rem}</style></head>
<body><h1>${escapeHtml(title)}</h1>
<table>${cells("th", columns)}${rows
    .map((row) =>
      cells(
        "td",
        columns.map((column) => row[column]),
      ),
    )
    .join("")}</table>
${list(evaluationWarnings(evaluation))}
${leftOut.length > 0 ? `<h2>Left out</h2>${list(leftOut.map(({ metric, reason }) => `${metric} ${reason}`))}` : ""}
${Object.keys(facts).length > 0 ? `<h2>Model</h2>${table(facts)}` : ""}
${shares.map(sharesHtml).join("\n")}
${plots.length > 0 ? `<h2>Plots</h2>${plots.map(({ series, ...options }) => chart(series, options)).join("\n")}` : ""}
${images.length > 0 ? `<h2>Pictures</h2>${images.map(imageFigure).join("\n")}` : ""}
<h2>Sides</h2>${table(sideRows("real", real))}${table(sideRows("fake", fake))}
<h2>How</h2>${table(Object.fromEntries(how))}
<h2>Versions</h2>${table(versions)}
</body></html>
`;
}

const sideRows = (
  name: string,
  { path, pictures, sizes, formats, leftOut }: EvaluatedSide,
): Record<string, string> => ({
  [name]: path,
  pictures: pictures === 0 ? "not known" : `${pictures}`,
  ...(Object.keys(sizes).length > 0 && { sizes: counts(sizes), formats: counts(formats) }),
  ...(leftOut.length > 0 && { "left out": leftOut.join("; ") }),
});

const counts = (of: Readonly<Record<string, number>>): string =>
  Object.entries(of)
    .map(([name, count]) => `${count} ${name}`)
    .join(", ");

function sharesHtml({ metric, by, parts }: DistanceShares): string {
  const sorted = [...parts].sort((a, b) => b.share - a.share);
  const rows = sorted.map(
    ({ name, share, real }) =>
      `<tr><td>${escapeHtml(name)}</td><td>${(100 * share).toFixed(1)} %</td><td><span class="bar" style="width:${Math.round(240 * share)}px"></span></td><td>${real} pictures</td></tr>`,
  );
  return `<h2>What ${escapeHtml(metric)} comes from, by ${escapeHtml(by)} of the real pictures</h2><table>${rows.join("")}</table>`;
}
