export type { Ort } from "@gmem/runs/browser";
export type { Artist } from "../artist.ts";
export type { DrawOptions } from "../check-request.ts";
export type { Picture } from "../picture.ts";
export { type BrowserImageData, type CanvasPicture, type DrawingsOptions, drawings } from "./drawings.ts";
