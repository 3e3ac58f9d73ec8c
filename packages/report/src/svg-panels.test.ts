import { parseHTML } from "linkedom";
import { describe, expect, it } from "vitest";
import { intervalPanels } from "./interval-panels.ts";
import { linePanels } from "./line-panels.ts";

describe("panels", () => {
  it("are one file that stands alone, with a plot for each panel in its place", () => {
    const line = { group: "a", points: [[0, 0] as const, [1, 2] as const] };
    const svg = linePanels(
      ["first <b>", "second", "third"].map((title) => ({ title, x: "t", y: "x", lines: [line], square: 3 })),
      { columns: 2 },
    );
    const root = parseHTML(svg).document.querySelector("svg");
    const plots = [...(root?.children ?? [])].filter(({ tagName }) => tagName.toLowerCase() === "svg");
    expect(plots.map((plot) => [plot.getAttribute("x"), plot.getAttribute("y")])).toEqual([
      ["0", "22"],
      ["270", "22"],
      ["0", "314"],
    ]);
    expect(svg).toContain("first &lt;b&gt;");
    expect(svg).not.toMatch(/https?:\/\/(?!www\.w3\.org)/);
  });

  it("draw a value with its interval in one row", () => {
    const rows = [
      { name: "weak", value: 2, low: 1, high: 3 },
      { name: "gmem", value: 1, low: 0.5, high: 1.5 },
    ];
    const { document } = parseHTML(intervalPanels([{ title: "S", rows }], { columns: 1 }));
    const [weak, gmem] = [...document.querySelectorAll("circle")].map((dot) => Number(dot.getAttribute("cx")));
    expect(weak).toBeGreaterThan(gmem as number);
    const lines = [...document.querySelectorAll('[aria-label="rule"] line')].map((rule) =>
      ["x1", "x2"].map((end) => Number(rule.getAttribute(end))),
    );
    expect(lines).toHaveLength(2);
    for (const [i, [low, high]] of (lines as [number, number][]).entries())
      expect(low < ([weak, gmem][i] as number) && ([weak, gmem][i] as number) < high).toBe(true);
  });
});
