export type { BrowserRequest } from "./condition.ts";
export type { BankFacts, BrowserFacts } from "./facts.ts";
export { type BrowserDraw, type ExportedRun, type OpenExportedOptions, openExported } from "./open-exported.ts";
export type { BrowserDevice, Ort } from "./open-program.ts";
export type { TextEncoderSettings } from "./text-encoder.ts";
