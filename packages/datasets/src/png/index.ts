export { decodeImage } from "../decode/decode-image.ts";
export { type RgbImage, toArray, toBytes } from "../resize/rgb-image.ts";
export { describedPng, type PngDescription, readDescription } from "./described-png.ts";
export { encodePng } from "./encode-png.ts";
export { type PngGridOptions, pngGrid } from "./png-grid.ts";
