import * as Plot from "@observablehq/plot";
import { svgPanels } from "./svg-panels.ts";

/** Lines of one plot. */
export interface LinePanel {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  /** Lines of a group have one colour, in every panel. */
  readonly lines: readonly { readonly group: string; readonly points: readonly (readonly [x: number, y: number])[] }[];
  /** Same scale on both axes, from −n to n. */
  readonly square?: number;
  /** The horizontal axis from right to left. */
  readonly reverse?: boolean;
}

/** Many thin lines in several plots of one SVG file, `columns` in a row. */
export function linePanels(panels: readonly LinePanel[], { columns }: { readonly columns: number }): string {
  const side = 270;
  const groups = [...new Set(panels.flatMap(({ lines }) => lines.map(({ group }) => group)))].sort();
  return svgPanels(
    panels.map(({ title, x, y, lines, square, reverse = false }) => {
      const rows = lines.flatMap(({ group, points }, line) =>
        points.map(([px, py]) => ({ x: px, y: py, group, line })),
      );
      const domain = square === undefined ? {} : { domain: [-square, square] };
      return {
        title,
        width: side,
        height: side,
        plot: {
          x: { label: x, reverse, ...domain },
          y: { label: y, ...domain },
          color: { domain: groups, scheme: "tableau10" },
          marks: [
            Plot.line(rows, { x: "x", y: "y", z: "line", stroke: "group", strokeWidth: 0.7, strokeOpacity: 0.6 }),
          ],
        },
      };
    }),
    { columns },
  );
}
