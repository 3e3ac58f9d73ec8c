import { chart, escapeHtml, type Series } from "./chart.ts";

/** A picture as PNG, or as SVG such as `captionedPictures` makes. */
export type ReportImage = { readonly title: string } & ({ readonly png: Uint8Array } | { readonly svg: string });

/** What one run folder shows of itself. */
export interface ReportContent {
  readonly title: string;
  /** One line under the title: "running, step 300 of 1,500" or "finished in 4m 10s". */
  readonly status: string;
  readonly facts: Readonly<Record<string, string>>;
  /** Tables too long to be seen at once, such as files that were left out: closed until they are opened. */
  readonly lists?: readonly { readonly title: string; readonly rows: Readonly<Record<string, string>> }[];
  readonly charts: readonly {
    readonly title: string;
    readonly x: string;
    readonly y: string;
    readonly series: readonly Series[];
  }[];
  readonly images: readonly ReportImage[];
  readonly config: unknown;
  readonly versions: Readonly<Record<string, string>>;
}

/** The look of every page. */
export const pageStyle: string = `
:root{color-scheme:light dark;--line:#8884}body{font:15px/1.5 system-ui,sans-serif;max-width:860px;margin:2rem auto;padding:0 1rem}
h1{margin:0;font-size:1.6rem}h2{margin:2rem 0 .5rem;font-size:1.1rem}.status{color:#777;margin:.2rem 0 1rem}
table{border-collapse:collapse}td{padding:.15rem .9rem .15rem 0;border-bottom:1px solid var(--line);vertical-align:top}
figure{margin:0 0 1.2rem}figcaption{font-weight:600;margin-bottom:.3rem}img{image-rendering:pixelated;max-width:100%;border-radius:4px}
.key{font-weight:400;margin-left:.8rem}.key i{display:inline-block;width:.8em;height:.8em;border-radius:2px;margin-right:.35em}
.chart svg{max-width:100%;height:auto;background:#fff;color:#222;border-radius:4px;padding:4px}
pre{background:#8881;padding:.8rem;border-radius:4px;overflow:auto;font-size:13px}details summary{cursor:pointer}`;

/** One self-contained HTML page: facts, loss, sample grids, configuration, versions. No script, no request. */
export function reportHtml(content: ReportContent): string {
  const facts = table(content.facts);
  const charts = content.charts
    .filter(({ series }) => series.some(({ points }) => points.length > 1))
    .map(({ series, ...options }) => chart(series, options))
    .join("\n");
  const images = content.images.map(imageFigure).join("\n");
  const lists = (content.lists ?? [])
    .map(({ title, rows }) => `<details><summary>${escapeHtml(title)}</summary>${table(rows)}</details>`)
    .join("\n");
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(content.title)}</title><style>${pageStyle}</style></head>
<body><h1>${escapeHtml(content.title)}</h1><p class="status">${escapeHtml(content.status)}</p>
${facts}
${lists}
${images ? `<h2>Pictures</h2>\n${images}` : ""}
${charts ? `<h2>Curves</h2>\n${charts}` : ""}
<h2>Configuration</h2><details><summary>every value of this run</summary><pre>${escapeHtml(JSON.stringify(content.config, null, 2))}</pre></details>
<h2>Versions</h2>${table(content.versions)}
</body></html>
`;
}

const source = (image: ReportImage): string =>
  "png" in image
    ? `data:image/png;base64,${Buffer.from(image.png).toString("base64")}`
    : `data:image/svg+xml;base64,${Buffer.from(image.svg).toString("base64")}`;

/** A picture with its title, embedded. */
export const imageFigure = (image: ReportImage): string =>
  `<figure><figcaption>${escapeHtml(image.title)}</figcaption><img alt="${escapeHtml(image.title)}" src="${source(image)}"></figure>`;

/** Names and values. */
export const table = (rows: Readonly<Record<string, string>>): string =>
  `<table>${Object.entries(rows)
    .map(([name, value]) => `<tr><td>${escapeHtml(name)}</td><td>${escapeHtml(value)}</td></tr>`)
    .join("")}</table>`;
