export { decodeImage } from "../decode/decode-image.ts";
export { admCenterCrop } from "../resize/adm-center-crop.ts";
export type { FilterName } from "../resize/filters.ts";
export { type ResizeOptions, resize } from "../resize/resize.ts";
export { type RgbImage, toArray, toBytes } from "../resize/rgb-image.ts";
export { BadImagesError, type ImageFolder, type ImageFolderOptions, imageFolder } from "./image-folder.ts";
export type { BadFile } from "./open-images.ts";
