import { escapeHtml } from "./chart.ts";

export interface CaptionedPicture {
  readonly png: Uint8Array;
  readonly caption: string;
  /** Shown beside the caption: whether the picture is what was asked for. */
  readonly isRight?: boolean;
}

const [side, gap, line, widest] = [96, 14, 13, 17];

/**
 * Pictures row by row, each with its caption below, as one SVG file without a request: pixels stay squares, and letters are
 * the viewer's.
 * @example
 * // no-run
 * const svg = captionedPictures([{ png, caption: "a red circle", isRight: true }], { columns: 8 });
 */
export function captionedPictures(
  pictures: readonly CaptionedPicture[],
  { columns = 8 }: { readonly columns?: number } = {},
): string {
  const cells = pictures.map(({ caption, isRight, ...rest }) => {
    const mark = isRight === undefined ? "" : isRight ? " ✓" : " ✗";
    return { ...rest, lines: wrapped(caption + mark) };
  });
  const most = Math.max(1, ...cells.map(({ lines }) => lines.length));
  const [across, down] = [side + gap, side + 2 * gap + most * line];
  const width = gap + across * Math.min(columns, Math.max(1, cells.length));
  const height = gap + down * Math.ceil(cells.length / columns);
  const drawn = cells.map(({ png, lines }, i) => {
    const [x, y] = [gap + across * (i % columns), gap + down * Math.floor(i / columns)];
    const image = `<image x="${x}" y="${y}" width="${side}" height="${side}" href="data:image/png;base64,${Buffer.from(png).toString("base64")}"/>`;
    const words = lines.map(
      (text, row) => `<tspan x="${x + side / 2}" y="${y + side + gap + row * line}">${escapeHtml(text)}</tspan>`,
    );
    return `${image}<text>${words.join("")}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<style>image{image-rendering:pixelated}text{font:11px system-ui,sans-serif;text-anchor:middle}</style>
<rect width="100%" height="100%" fill="#fff"/>
${drawn.join("\n")}
</svg>
`;
}

/** Words in lines of at most so many letters, a longer word on a line of its own. */
function wrapped(text: string): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= widest) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
