export type { Artist } from "./artist.ts";
export type { DrawOptions } from "./check-request.ts";
export { type DrawingsOptions, drawings, type PngOptions, type PngPicture } from "./drawings.ts";
export type { Picture } from "./picture.ts";
