import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";

/** One of several plots in a picture. */
export interface Panel {
  readonly width: number;
  readonly height: number;
  readonly plot: Omit<Plot.PlotOptions, "document" | "width" | "height">;
  readonly title: string;
}

const titleHeight = 22;

/** Plots side by side, row by row, as one SVG file that stands alone. */
export function svgPanels(panels: readonly Panel[], { columns }: { readonly columns: number }): string {
  const { document } = parseHTML("<html><body></body></html>");
  const [cellWidth, cellHeight] = [
    Math.max(...panels.map(({ width }) => width)),
    Math.max(...panels.map(({ height }) => height)) + titleHeight,
  ];
  const cells = panels.map(({ plot, title, width, height }, i) => {
    const drawn = Plot.plot({ document, width, height, ...plot } as Plot.PlotOptions);
    drawn.setAttribute("x", String((i % columns) * cellWidth));
    drawn.setAttribute("y", String(Math.floor(i / columns) * cellHeight + titleHeight));
    const [left, top] = [(i % columns) * cellWidth + 8, Math.floor(i / columns) * cellHeight + 15];
    return `<text x="${left}" y="${top}" font-weight="600">${escapeXml(title)}</text>${drawn.outerHTML}`;
  });
  const width = Math.min(columns, panels.length) * cellWidth;
  const height = Math.ceil(panels.length / columns) * cellHeight;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12" color="#222"><rect width="100%" height="100%" fill="#fff"/>${cells.join("")}</svg>\n`;
}

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

const escapeXml = (text: string): string => text.replace(/[&<>"]/g, (c) => entities[c] as string);
