export { type ExportForBrowserOptions, exportForBrowser } from "./export-for-browser.ts";
export { type ExportedFile, type ExportedValue, type ExportPart, exportPart } from "./export-part.ts";
export { type ExportCard, type ExportRunOptions, exportRun } from "./export-run.ts";
export { type PartName, partNames } from "./parts-of-run.ts";
