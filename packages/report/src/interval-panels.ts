import * as Plot from "@observablehq/plot";
import { svgPanels } from "./svg-panels.ts";

/** Values with intervals, one above the other. */
export interface IntervalPanel {
  readonly title: string;
  readonly rows: readonly {
    readonly name: string;
    readonly value: number;
    readonly low: number;
    readonly high: number;
  }[];
}

/** Most that a letter of a title takes, so that titles stay beside each other. */
const titleLetter = 7.2;

/** Values with their intervals in several plots of one SVG file, `columns` in a row. */
export function intervalPanels(panels: readonly IntervalPanel[], { columns }: { readonly columns: number }): string {
  const names = panels.flatMap(({ rows }) => rows.map(({ name }) => name));
  const marginLeft = 24 + 6.5 * Math.max(...names.map((name) => name.length));
  return svgPanels(
    panels.map(({ title, rows }) => ({
      title,
      width: Math.max(marginLeft + 230, 24 + titleLetter * title.length),
      height: 46 + 20 * rows.length,
      plot: {
        marginLeft,
        marginRight: 16,
        x: { label: null, grid: true, zero: beginsAtZero(rows), ticks: 5, inset: 6 },
        y: { label: null, domain: rows.map(({ name }) => name) },
        marks: [
          Plot.ruleY(rows, { y: "name", x1: "low", x2: "high", stroke: "#3b6fb6", strokeWidth: 2, strokeOpacity: 0.6 }),
          Plot.dot(rows, { y: "name", x: "value", r: 3.5, fill: "#3b6fb6" }),
        ],
      },
    })),
    { columns },
  );
}

/** Where differences are still seen beside the values. */
function beginsAtZero(rows: IntervalPanel["rows"]): boolean {
  const ends = rows.flatMap(({ low, high }) => [low, high]);
  return Math.min(...ends) >= 0 && 2 * Math.min(...ends) < Math.max(...ends);
}
