export { type CaptionedPicture, captionedPictures } from "./captioned-pictures.ts";
export { type ChartOptions, chart, escapeHtml, type Series } from "./chart.ts";
export { type IntervalPanel, intervalPanels } from "./interval-panels.ts";
export { type LinePanel, linePanels } from "./line-panels.ts";
export { type ReportContent, type ReportImage, reportHtml } from "./report-html.ts";
export { type EventWriter, eventWriter } from "./tensorboard.ts";
