/** A piece of code in running text: `code`, or a line of a shell block. */
export interface Span {
  readonly text: string;
  readonly line: number;
  readonly kind: "inline" | "shell";
}

/** Inline code of a markdown file outside of fenced blocks, and the lines of its shell blocks without comments. */
export function spansOf(markdown: string): readonly Span[] {
  const spans: Span[] = [];
  let fence: string | undefined;
  markdown.split("\n").forEach((text, i) => {
    const mark = text.match(/^\s*```(\w*)/);
    if (mark) fence = fence === undefined ? (mark[1] as string) : undefined;
    else if (fence === undefined)
      for (const match of text.matchAll(/(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)/g))
        spans.push({ text: (match[2] as string).trim(), line: i + 1, kind: "inline" });
    else if (fence === "sh" && text.trim() !== "")
      spans.push({ text: text.replace(/(^|\s)#.*$/, "").trim(), line: i + 1, kind: "shell" });
  });
  return spans.filter(({ text }) => text !== "");
}
