export { type DecodeOptions, decodeImage } from "../decode/decode-image.ts";
export { UnusableImageError } from "../decode/unusable-image.ts";
export { admCenterCrop } from "../resize/adm-center-crop.ts";
export type { FilterName } from "../resize/filters.ts";
export { type ResizeOptions, resize } from "../resize/resize.ts";
export { type RgbImage, toArray, toBytes } from "../resize/rgb-image.ts";
export { BadImagesError, type ImageFolder, type ImageFolderOptions, imageFolder } from "./image-folder.ts";
export { type LeftOut, leftOutNames, leftOutSummary } from "./left-out.ts";
export { imageOpener, type OpenImage, type OpenImageOptions } from "./open-image.ts";
