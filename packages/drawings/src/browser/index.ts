export type { Artist, DrawOptions } from "../artist.ts";
export type { Picture } from "../picture.ts";
export { type BrowserImageData, type CanvasPicture, type DrawingsOptions, drawings } from "./drawings.ts";
export type { Ort } from "./open-program.ts";
