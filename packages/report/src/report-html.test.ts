import { describe, expect, it } from "vitest";
import { chart } from "./chart.ts";
import { reportHtml } from "./report-html.ts";

const content = {
  title: "demo <run>",
  status: "finished",
  facts: { adherence: "0.91" },
  charts: [
    {
      title: "loss",
      x: "step",
      y: "loss",
      series: [{ name: "train", points: [1, 2, 3].map((x) => ({ x, y: 1 / x })) }],
    },
  ],
  images: [{ title: "samples", png: Uint8Array.of(137, 80, 78, 71) }],
  config: { steps: 3 },
  versions: { node: "20" },
};

describe("report", () => {
  it("is one page that asks for nothing from outside", () => {
    const html = reportHtml(content);
    expect(html).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org)/);
    expect(html).toContain("data:image/png;base64,iVBORw==");
    expect(html).toContain("<svg");
  });

  it("shows names as text, never as markup", () => {
    expect(reportHtml(content)).toContain("demo &lt;run&gt;");
  });

  it("draws one path for each series and a legend where there are several", () => {
    const two = ["a", "b"].map((name) => ({ name, points: [0, 1, 2].map((x) => ({ x, y: x })) }));
    const svg = chart(two, { title: "t", x: "x", y: "y" });
    expect(svg.match(/<path[^>]*stroke="#/g)?.length).toBe(2);
    expect(svg).toContain('class="key"');
  });
});
