export type { Artist, DrawOptions } from "./artist.ts";
export { type DrawingsOptions, drawings, type PngOptions, type PngPicture } from "./drawings.ts";
export type { Picture } from "./picture.ts";
