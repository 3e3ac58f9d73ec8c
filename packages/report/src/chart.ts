import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";

export interface Series {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

export interface ChartOptions {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly logY?: boolean;
}

const palette = ["#3b6fb6", "#d1603d", "#4f9d69", "#8a5fa8", "#b8860b", "#5c6b73"];

/** Lines as a self-contained SVG; series of more than 400 points are drawn as running means, the raw values pale behind. */
export function chart(series: readonly Series[], { title, x, y, logY = false }: ChartOptions): string {
  const { document } = parseHTML("<html><body></body></html>");
  const rows = series.flatMap(({ name, points }) => points.map((point) => ({ ...point, name })));
  const smooth = series.flatMap(({ name, points }) => runningMean(points).map((point) => ({ ...point, name })));
  const noisy = series.some(({ points }) => points.length > 400);
  const svg = Plot.plot({
    document,
    title,
    width: 720,
    height: 300,
    marginLeft: 56,
    x: { label: x, grid: true },
    y: { label: y, grid: true, type: logY ? "log" : "linear" },
    color: { domain: series.map(({ name }) => name), range: palette.slice(0, series.length) },
    marks: [
      ...(noisy ? [Plot.line(rows, { x: "x", y: "y", stroke: "name", strokeOpacity: 0.2 })] : []),
      Plot.line(noisy ? smooth : rows, { x: "x", y: "y", stroke: "name", strokeWidth: 1.8 }),
    ],
  } as Plot.PlotOptions);
  const legend = series
    .map(
      ({ name }, i) =>
        `<span class="key"><i style="background:${palette[i % palette.length]}"></i>${escapeHtml(name)}</span>`,
    )
    .join(" ");
  const image = svg.tagName?.toLowerCase() === "svg" ? svg : svg.querySelector("svg");
  return `<figure class="chart"><figcaption>${escapeHtml(title)} ${series.length > 1 ? legend : ""}</figcaption>${image?.outerHTML ?? ""}</figure>`;
}

/** The mean over a window of a fortieth of the series. */
function runningMean(points: Series["points"]): Series["points"] {
  const half = Math.floor(points.length / 80);
  return points.map((point, i) => {
    const window = points.slice(Math.max(0, i - half), i + half + 1);
    return { x: point.x, y: window.reduce((sum, { y }) => sum + y, 0) / window.length };
  });
}

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Text as HTML. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"]/g, (c) => entities[c] as string);
