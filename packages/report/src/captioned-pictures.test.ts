import { describe, expect, it } from "vitest";
import { captionedPictures, reportHtml } from "./index.ts";

describe("pictures with captions", () => {
  const pictures = [
    { png: Uint8Array.of(1), caption: "a <red> circle and a small blue object", isRight: true },
    { png: Uint8Array.of(2), caption: "a green square", isRight: false },
    { png: Uint8Array.of(3), caption: "" },
  ];
  const svg = captionedPictures(pictures, { columns: 2 });

  it("stand row by row, each above its own words, which are text and no markup", () => {
    const placed = [...svg.matchAll(/<image x="(\d+)" y="(\d+)".*?base64,(\w+)=*"\/>(.*)/g)].map(
      ([, x, y, png = "", words = ""]) => ({
        at: [Number(x), Number(y)],
        png: Buffer.from(png, "base64")[0],
        words: words.replaceAll(/<[^>]*>/g, "|"),
      }),
    );
    expect(placed.map(({ png }) => png)).toEqual([1, 2, 3]);
    const [[left, top], [right, sameTop], [sameLeft, below]] = placed.map(({ at }) => at) as unknown as [
      [number, number],
      [number, number],
      [number, number],
    ];
    expect([sameLeft, sameTop]).toEqual([left, top]);
    expect([right - left > 96, below - top > 96 + 3 * 13]).toEqual([true, true]);
    expect(placed.map(({ words }) => words)).toEqual([
      "||a &lt;red&gt; circle||and a small blue||object ✓||",
      "||a green square ✗||",
      "||||",
    ]);
  });

  it("are part of a report", () => {
    const html = reportHtml({
      title: "mine",
      status: "",
      facts: {},
      charts: [],
      images: [{ title: "what was typed", svg }],
      config: {},
      versions: {},
    });
    expect(html).toContain(`data:image/svg+xml;base64,${Buffer.from(svg).toString("base64")}`);
  });
});
